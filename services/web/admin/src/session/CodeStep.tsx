import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState, type FormEvent } from 'react';
import { useLogin, useTranslate } from 'react-admin';
import { readDigits } from './digits.ts';
import { messageOf } from './messageOf.ts';
import type { Challenge, SecondFactor } from './session.ts';
import { useSession } from './SessionContext.ts';

type Props = {
  readonly email: string;
  readonly challenge: Challenge;
  readonly onSecondFactor: (wanted: SecondFactor) => void;
  readonly onOtherAddress: () => void;
};

/** The second step: the code from the mail. A wrong one may be corrected; a new one may be asked for. */
export function CodeStep({ email, challenge: first, onSecondFactor, onOtherAddress }: Props) {
  const translate = useTranslate();
  const session = useSession();
  const login = useLogin();
  const [challenge, setChallenge] = useState(first);
  const [code, setCode] = useState('');
  const [notice, setNotice] = useState<{ severity: 'error' | 'success'; text: string } | undefined>(undefined);
  const [busy, setBusy] = useState(false);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setNotice(undefined);
    try {
      await work();
    } catch (failure) {
      setNotice({ severity: 'error', text: messageOf(failure) });
    } finally {
      setBusy(false);
    }
  };
  const signIn = (event: FormEvent): void => {
    event.preventDefault();
    const digits = readDigits(code, 8);
    if (digits === undefined) return setNotice({ severity: 'error', text: 'session.code_malformed' });
    void attempt(async () => {
      const wanted = await session.signIn(challenge.challengeId, digits);
      if (wanted === undefined) await login({});
      else onSecondFactor(wanted);
    });
  };
  const sendAnew = (): void => {
    void attempt(async () => {
      setChallenge(await session.requestCode(email));
      setCode('');
      setNotice({ severity: 'success', text: 'session.new_code_sent' });
    });
  };

  return (
    <Box component="form" noValidate onSubmit={signIn} sx={{ display: 'grid', gap: 2 }}>
      <Typography>{translate('session.code_sent', { email, minutes: Math.round(challenge.expiresInSeconds / 60) })}</Typography>
      <TextField
        label={translate('session.code')}
        autoComplete="one-time-code"
        autoFocus
        required
        fullWidth
        value={code}
        onChange={(event) => setCode(event.target.value)}
        slotProps={{
          htmlInput: { inputMode: 'numeric', style: { fontSize: '1.4rem', letterSpacing: '0.2em' } },
        }}
      />
      {notice === undefined ? null : <Alert severity={notice.severity}>{translate(notice.text, { _: notice.text })}</Alert>}
      <Button type="submit" variant="contained" size="large" loading={busy}>
        {translate('session.sign_in')}
      </Button>
      <Box sx={{ display: 'flex', justifyContent: 'space-between' }}>
        <Button onClick={onOtherAddress}>{translate('session.other_address')}</Button>
        <Button onClick={sendAnew} disabled={busy}>
          {translate('session.new_code')}
        </Button>
      </Box>
    </Box>
  );
}
