import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useLogin, useTranslate } from 'react-admin';
import type { SecondFactorAnswer } from '#contracts/factors.ts';
import { AppCodeForm } from './AppCodeForm.tsx';
import { provePasskey } from './passkeys.ts';
import { Refusal } from './Refusal.tsx';
import type { SecondFactor } from './session.ts';
import { useSession } from './SessionContext.ts';
import { useAttempt } from './useAttempt.ts';

type Props = { readonly wanted: SecondFactor; readonly onStartAgain: () => void };

/** The third step, where the account has a second factor: a code of its app, or a passkey. When no further try counts, the way is back to the start. */
export function SecondFactorStep({ wanted: { challengeId, kinds }, onStartAgain }: Props) {
  const translate = useTranslate();
  const session = useSession();
  const login = useLogin();
  const { busy, problem, run } = useAttempt();
  const answer = (prove: () => Promise<SecondFactorAnswer>): void =>
    void run(async () => {
      await session.answerSecondFactor(await prove());
      await login({});
    });
  const byPasskey = (): void =>
    answer(async () => ({ challengeId, passkey: await provePasskey(await session.startSecondFactor(challengeId)) }));
  const over = problem?.code === 'second_factor_over';
  const hasApp = kinds.includes('totp');

  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      {over ? null : <Typography>{translate('session.second_factor')}</Typography>}
      <Refusal problem={problem} />
      {hasApp && !over ? (
        <AppCodeForm confirm={translate('session.sign_in')} busy={busy} onCode={(totp) => answer(async () => ({ challengeId, totp }))} />
      ) : null}
      {kinds.includes('passkey') && !over ? (
        <Button variant={hasApp ? 'outlined' : 'contained'} size="large" autoFocus={!hasApp} disabled={busy} onClick={byPasskey}>
          {translate('session.use_passkey')}
        </Button>
      ) : null}
      <Button variant={over ? 'contained' : 'text'} autoFocus={over} onClick={onStartAgain} key={over ? 'only' : 'also'}>
        {translate('session.start_again')}
      </Button>
    </Box>
  );
}
