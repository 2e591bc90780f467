import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import Typography from '@mui/material/Typography';
import { useNotify, useRefresh, useTranslate } from 'react-admin';
import { TabTitle } from '../layout/PageTitle.tsx';
import { useSession } from '../session/SessionContext.ts';
import { useSignOut } from '../session/useSignOut.ts';
import { AppEnrolment } from './AppEnrolment.tsx';
import { PasskeyEnrolment } from './PasskeyEnrolment.tsx';

/** What a member of staff sees whose role waits for a second factor. With the first one the panel opens. */
export function EnrolmentPage() {
  const translate = useTranslate();
  const notify = useNotify();
  const refresh = useRefresh();
  const session = useSession();
  const signOut = useSignOut({ comeBack: true });
  const enter = async (): Promise<void> => {
    await session.renew();
    // What was refused to a customer is asked for anew.
    refresh();
    notify('security.added', { type: 'success' });
  };
  return (
    <Card component="section" aria-labelledby="enrolment" sx={{ maxWidth: 560, mx: 'auto', mt: 8, minWidth: 0 }}>
      <TabTitle page={translate('security.enrol_title')} />
      <CardContent sx={{ p: 4, display: 'grid', gap: 2 }}>
        <Typography id="enrolment" variant="h5" component="h1">
          {translate('security.enrol_title')}
        </Typography>
        <Typography>{translate('security.enrol_body')}</Typography>
        <Typography variant="h6" component="h2">
          {translate('security.app')}
        </Typography>
        <AppEnrolment onAdded={enter} />
        <Typography variant="h6" component="h2">
          {translate('security.passkey')}
        </Typography>
        <PasskeyEnrolment onAdded={enter} />
        <Box>
          <Button onClick={() => void signOut()}>{translate('session.sign_out')}</Button>
        </Box>
      </CardContent>
    </Card>
  );
}
