import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import type { TotpEnrolment } from '#contracts/factors.ts';
import { AppCodeForm } from '../session/AppCodeForm.tsx';
import { Refusal } from '../session/Refusal.tsx';
import { useApi } from '../session/SessionContext.ts';
import { useAttempt } from '../session/useAttempt.ts';

/** Adds an authenticator app: its secret, as a QR code and as text, and a code that confirms it. */
export function AppEnrolment({ onAdded }: { readonly onAdded: () => Promise<void> }) {
  const translate = useTranslate();
  const { auth } = useApi();
  const { busy, problem, run } = useAttempt();
  const [enrolment, setEnrolment] = useState<TotpEnrolment | undefined>(undefined);
  const begin = (): void =>
    void run(async () => {
      setEnrolment((await auth.enrolTotp({})).body);
    });
  const confirm = (code: string): void =>
    void run(async () => {
      await auth.confirmTotp({ body: { code } });
      setEnrolment(undefined);
      await onAdded();
    });

  return (
    <Box sx={{ display: 'grid', gap: 2, justifyItems: 'start' }}>
      {enrolment === undefined ? (
        <Button variant="contained" loading={busy} onClick={begin}>
          {translate('security.add_app')}
        </Button>
      ) : (
        <>
          <Typography>{translate('security.scan')}</Typography>
          <QRCodeSVG value={enrolment.uri} title={translate('security.qr')} size={200} marginSize={4} level="M" />
          <Typography>
            {translate('security.type')}
            <br />
            <Secret text={enrolment.secret} />
          </Typography>
        </>
      )}
      <Refusal problem={problem} />
      {enrolment === undefined ? null : (
        <>
          <AppCodeForm confirm={translate('security.confirm_app')} busy={busy} onCode={confirm} />
          <Button disabled={busy} onClick={() => setEnrolment(undefined)}>
            {translate('security.give_up')}
          </Button>
        </>
      )}
    </Box>
  );
}

/** In fours, which are easier to type; one click selects it all. */
function Secret({ text }: { readonly text: string }) {
  const translate = useTranslate();
  return (
    <Box
      component="code"
      aria-label={translate('security.secret')}
      sx={{ fontSize: '1.1rem', userSelect: 'all', overflowWrap: 'anywhere' }}
    >
      {text.match(/.{1,4}/g)?.join(' ')}
    </Box>
  );
}
