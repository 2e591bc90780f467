import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import { ShortCloseReason } from '#contracts/order.ts';
import { DeedDialog } from '../deeds/DeedDialog.tsx';
import { useDeed } from '../deeds/useDeed.ts';
import { useApi } from '../session/SessionContext.ts';
import { toShip } from './offers.ts';
import type { OrderDialogProps } from './OrderDialogProps.ts';
import { UnitsOf } from './UnitsOf.tsx';

/** Gives up what is left of a partly shipped order. Its share of the money goes back. */
export function ShortCloseDialog({ order, onChanged, onClose }: OrderDialogProps) {
  const translate = useTranslate();
  const notify = useNotify();
  const api = useApi();
  const [reason, setReason] = useState<ShortCloseReason | undefined>(undefined);
  const left = order.lines.flatMap((line) => (toShip(line) > 0 ? [{ productId: line.productId, quantity: toShip(line) }] : []));
  const deed = useDeed({
    act: async (idempotencyKey) => {
      if (reason === undefined) throw new Error('no reason was chosen');
      return api.order.shortCloseOrder({ params: { id: order.id }, body: { reason }, idempotencyKey });
    },
    onDone: () => {
      notify('order.done.short_closed', { type: 'success' });
      onChanged();
      onClose();
    },
    onRefused: onChanged,
  });
  return (
    <DeedDialog
      title={translate('order.short_close_title', { number: order.number })}
      confirm={translate('order.short_close')}
      ready={reason !== undefined}
      deed={deed}
      onClose={onClose}
    >
      <Typography color="textSecondary">{translate('order.short_close_about')}</Typography>
      <UnitsOf order={order} units={left} />
      <FormControl>
        <FormLabel id="short-close-reason">{translate('order.short_close_why')}</FormLabel>
        <RadioGroup
          aria-labelledby="short-close-reason"
          value={reason ?? ''}
          onChange={(_event, chosen) => setReason(ShortCloseReason.enum.find((one) => one === chosen))}
        >
          {ShortCloseReason.enum.map((one) => (
            <FormControlLabel key={one} value={one} control={<Radio size="small" />} label={translate(`order.short_close_reason.${one}`)} />
          ))}
        </RadioGroup>
      </FormControl>
    </DeedDialog>
  );
}
