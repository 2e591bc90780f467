import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { type ReactNode, useId } from 'react';
import { useTranslate } from 'react-admin';
import type { Deed } from './useDeed.ts';

type Props = {
  readonly title: string;
  readonly confirm: string;
  /** Whether what was entered can be sent. */
  readonly ready?: boolean;
  readonly deed: Deed;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

/** Asks for what a deed needs, and does it. It stays open, with what was entered, until it is done or given up. */
export function DeedDialog({ title, confirm, ready = true, deed, onClose, children }: Props) {
  const translate = useTranslate();
  const id = useId();
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={deed.busy ? undefined : onClose} aria-labelledby={id}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void deed.go();
        }}
      >
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 2 }}>
          {children}
          {deed.problem === undefined ? null : <Alert severity="error">{translate(deed.problem, { _: deed.problem })}</Alert>}
        </DialogContent>
        <DialogActions sx={{ px: 3, pb: 2 }}>
          <Button onClick={onClose} disabled={deed.busy}>
            {translate('deed.close')}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={deed.busy}>
            {confirm}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
