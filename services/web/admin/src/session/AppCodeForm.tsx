import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { type FormEvent, useState } from 'react';
import { AppCodeInput } from './AppCodeInput.tsx';
import { readDigits } from './digits.ts';

type Props = { readonly confirm: string; readonly busy: boolean; readonly onCode: (code: string) => void };

/** Asks for a code of the authenticator app. It stays, so that a wrong one can be followed by the next. */
export function AppCodeForm({ confirm, busy, onCode }: Props) {
  const [text, setText] = useState('');
  const [malformed, setMalformed] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const code = readDigits(text, 6);
    setMalformed(code === undefined);
    if (code !== undefined) onCode(code);
  };
  return (
    <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
      <AppCodeInput
        value={text}
        malformed={malformed}
        onChange={(next) => {
          setText(next);
          setMalformed(false);
        }}
      />
      <Button type="submit" variant="contained" size="large" loading={busy}>
        {confirm}
      </Button>
    </Box>
  );
}
