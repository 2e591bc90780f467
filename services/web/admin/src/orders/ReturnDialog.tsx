import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import { DeedDialog } from '../deeds/DeedDialog.tsx';
import { useDeed } from '../deeds/useDeed.ts';
import { useApi } from '../session/SessionContext.ts';
import { chosenUnits, toReturn } from './offers.ts';
import type { OrderDialogProps } from './OrderDialogProps.ts';
import { UnitsInput } from './UnitsInput.tsx';

/** Takes back what is chosen of what the buyer has; its share of the money goes back with it. */
export function ReturnDialog({ order, onChanged, onClose }: OrderDialogProps) {
  const translate = useTranslate();
  const notify = useNotify();
  const api = useApi();
  const away = order.lines.filter((line) => toReturn(line) > 0);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [damaged, setDamaged] = useState<ReadonlySet<string>>(new Set());
  const units = chosenUnits(away, toReturn, typed);
  const lines = (units ?? []).map((line) => ({ ...line, resellable: !damaged.has(line.productId) }));
  const deed = useDeed({
    act: async (idempotencyKey) => api.order.returnGoods({ params: { id: order.id }, body: { lines }, idempotencyKey }),
    onDone: () => {
      notify('order.done.returned', { type: 'success' });
      onChanged();
      onClose();
    },
    onRefused: onChanged,
  });
  const mark = (productId: string, resellable: boolean): void => {
    setDamaged(new Set(resellable ? [...damaged].filter((id) => id !== productId) : [...damaged, productId]));
  };
  return (
    <DeedDialog
      title={translate('order.return_title', { number: order.number })}
      confirm={translate('order.take_return')}
      ready={units !== undefined}
      deed={deed}
      onClose={onClose}
    >
      <Typography color="textSecondary">{translate('order.return_about')}</Typography>
      {away.map((line) => (
        <Box key={line.productId} role="group" aria-label={line.name}>
          <UnitsInput
            line={line}
            most={toReturn(line)}
            typed={typed[line.productId] ?? ''}
            onType={(text) => setTyped({ ...typed, [line.productId]: text })}
          />
          <FormControlLabel
            control={<Checkbox checked={!damaged.has(line.productId)} onChange={(event) => mark(line.productId, event.target.checked)} />}
            label={translate('order.resellable_long')}
          />
        </Box>
      ))}
    </DeedDialog>
  );
}
