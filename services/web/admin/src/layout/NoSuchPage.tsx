import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import Typography from '@mui/material/Typography';
import { Link, Title, useTranslate } from 'react-admin';
import { PageTitle } from './PageTitle.tsx';

/** What stands at an address that the panel has no page for. */
export function NoSuchPage() {
  const translate = useTranslate();
  return (
    <Card sx={{ maxWidth: 560, mx: 'auto', mt: 8 }}>
      <Title title={<PageTitle page={translate('no_page.title')} />} />
      <CardContent sx={{ p: 4 }}>
        <Typography sx={{ mb: 3 }}>{translate('no_page.body')}</Typography>
        <Button variant="contained" component={Link} to="/">
          {translate('no_page.leave')}
        </Button>
      </CardContent>
    </Card>
  );
}
