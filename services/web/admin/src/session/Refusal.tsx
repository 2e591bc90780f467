import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useTranslate } from 'react-admin';
import type { ProblemError } from '../api/problem.ts';
import { messageOf } from './messageOf.ts';
import { useSignOut } from './useSignOut.ts';

const minuteMs = 60_000;

/** Why something was refused, and what to do next: wait, or sign in again. */
export function Refusal({ problem }: { readonly problem: ProblemError | undefined }) {
  const translate = useTranslate();
  if (problem === undefined) return null;
  const { code, retryAfterMs } = problem;
  const locked = code === 'too_many_requests' && retryAfterMs !== undefined;
  const message = messageOf(problem);
  return (
    <Alert severity="error" action={code === 'reauthentication_required' ? <SignInAgain /> : undefined}>
      {locked ? translate('problem.locked', { minutes: Math.ceil(retryAfterMs / minuteMs) }) : translate(message, { _: message })}
    </Alert>
  );
}

function SignInAgain() {
  const translate = useTranslate();
  const signOut = useSignOut({ comeBack: true });
  return (
    <Button color="inherit" variant="outlined" size="small" onClick={() => void signOut()}>
      {translate('session.sign_in_again')}
    </Button>
  );
}
