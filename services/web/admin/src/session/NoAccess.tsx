import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'react-admin';
import { TabTitle } from '../layout/PageTitle.tsx';
import { useRegion } from '../region/useRegion.ts';
import { useAccount } from './SessionContext.ts';
import { useSignOut } from './useSignOut.ts';

/** What somebody sees whose role is not offered the panel. */
export function NoAccess() {
  const translate = useTranslate();
  const role = translate(`role.${useAccount()?.role ?? 'customer'}`);
  const region = translate(`region.${useRegion()}`);
  const leave = useSignOut({ comeBack: true });
  return (
    <Card sx={{ maxWidth: 560, mx: 'auto', mt: 8 }}>
      <TabTitle page={translate('no_access.title')} />
      <CardContent sx={{ p: 4 }}>
        <Typography variant="h5" component="h1" gutterBottom>
          {translate('no_access.title')}
        </Typography>
        <Typography sx={{ mb: 3 }}>{translate('no_access.body', { role, region })}</Typography>
        <Button variant="contained" onClick={() => void leave()}>
          {translate('no_access.other_account')}
        </Button>
      </CardContent>
    </Card>
  );
}
