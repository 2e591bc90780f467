import Box from '@mui/material/Box';
import { Title, useTranslate } from 'react-admin';
import { PageTitle } from '../layout/PageTitle.tsx';
import { Factors } from './Factors.tsx';
import { Sessions } from './Sessions.tsx';

/** What keeps the own account at the region that is shown: its second factors and its sessions. */
export function SecurityPage() {
  const translate = useTranslate();
  return (
    <Box sx={{ display: 'grid', gap: 2, mt: 2, maxWidth: 900 }}>
      <Title title={<PageTitle page={translate('security.title')} />} />
      <Factors />
      <Sessions />
    </Box>
  );
}
