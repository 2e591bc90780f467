import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type FormEvent } from 'react';
import { useTranslate } from 'react-admin';
import { messageOf } from './messageOf.ts';
import type { Challenge } from './session.ts';
import { useSession } from './SessionContext.ts';

/** The first step: to which address a code is sent. The answer never tells whether the address is known. */
export function AddressStep({ onSent }: { readonly onSent: (email: string, challenge: Challenge) => void }) {
  const translate = useTranslate();
  const session = useSession();
  const [email, setEmail] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);
  const [sending, setSending] = useState(false);

  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const address = email.trim();
    if (!/^[^@\s]+@[^@\s]+$/.test(address)) return setError('session.email_invalid');
    setSending(true);
    try {
      onSent(address, await session.requestCode(address));
    } catch (failure) {
      setError(messageOf(failure));
      setSending(false);
    }
  };

  return (
    <Box component="form" noValidate onSubmit={(event) => void send(event)} sx={{ display: 'grid', gap: 2 }}>
      <TextField
        label={translate('session.email')}
        type="email"
        autoComplete="email"
        autoFocus
        required
        fullWidth
        value={email}
        onChange={(event) => {
          setEmail(event.target.value);
          setError(undefined);
        }}
      />
      {error === undefined ? null : <Alert severity="error">{translate(error, { _: error })}</Alert>}
      <Button type="submit" variant="contained" size="large" loading={sending}>
        {translate('session.send_code')}
      </Button>
    </Box>
  );
}
