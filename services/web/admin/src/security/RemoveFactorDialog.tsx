import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { useId } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import type { Factor } from '#contracts/factors.ts';
import { Refusal } from '../session/Refusal.tsx';
import { useApi, useSession } from '../session/SessionContext.ts';
import { useAttempt } from '../session/useAttempt.ts';

type Props = { readonly factor: Factor; readonly isLast: boolean; readonly onRemoved: () => void; readonly onClose: () => void };

/** Asks whether a second factor is to go. Without the last one, a role that needs one waits for another. */
export function RemoveFactorDialog({ factor, isLast, onRemoved, onClose }: Props) {
  const translate = useTranslate();
  const notify = useNotify();
  const { auth } = useApi();
  const session = useSession();
  const { busy, problem, run } = useAttempt();
  const id = useId();
  const name = factor.kind === 'totp' ? translate('security.app') : factor.label;
  const remove = (): void =>
    void run(async () => {
      await auth.removeFactor({ params: { id: factor.id } });
      notify('security.removed', { type: 'success' });
      onClose();
      onRemoved();
      await session.renew();
    });
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={busy ? undefined : onClose} aria-labelledby={id}>
      <DialogTitle id={id}>{translate('security.remove_title', { name })}</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <Typography>{translate(isLast ? 'security.remove_last' : 'security.remove_body')}</Typography>
        <Refusal problem={problem} />
      </DialogContent>
      <DialogActions sx={{ px: 3, pb: 2 }}>
        <Button onClick={onClose} disabled={busy}>
          {translate('deed.close')}
        </Button>
        <Button variant="contained" color="error" loading={busy} onClick={remove}>
          {translate('security.remove')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
