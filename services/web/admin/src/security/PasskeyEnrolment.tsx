import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { type FormEvent, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ProblemError } from '../api/problem.ts';
import { makePasskey } from '../session/passkeys.ts';
import { Refusal } from '../session/Refusal.tsx';
import { useApi } from '../session/SessionContext.ts';
import { useAttempt } from '../session/useAttempt.ts';

/** Adds a passkey of this device, or of one that it reaches. Without a name it is called by the browser that made it. */
export function PasskeyEnrolment({ onAdded }: { readonly onAdded: () => Promise<void> }) {
  const translate = useTranslate();
  const { auth } = useApi();
  const { busy, problem, run } = useAttempt();
  const [name, setName] = useState('');
  const add = (event: FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      const { body: options } = await auth.startPasskey({}).catch((error: unknown) => {
        throw notSetUp(error);
      });
      const credential = await makePasskey(options);
      const label = name.trim();
      await auth.addPasskey({ body: { credential, ...(label === '' ? {} : { label }) } });
      setName('');
      await onAdded();
    });
  };
  return (
    <Box component="form" noValidate onSubmit={add} sx={{ display: 'grid', gap: 2, justifyItems: 'start' }}>
      <TextField
        label={translate('security.passkey_name')}
        helperText={translate('security.passkey_name_hint')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 60 } }}
      />
      <Refusal problem={problem} />
      <Button type="submit" variant="contained" loading={busy}>
        {translate('security.add_passkey')}
      </Button>
    </Box>
  );
}

/** A region without passkeys answers that there is nothing at that address. */
function notSetUp(error: unknown): unknown {
  const none = error instanceof ProblemError && error.code === 'not_found';
  return none ? new ProblemError(error.status, 'passkey_none', 'problem.passkey_none') : error;
}
