import Typography from '@mui/material/Typography';
import { useNotify, useTranslate } from 'react-admin';
import { DeedDialog } from '../deeds/DeedDialog.tsx';
import { useDeed } from '../deeds/useDeed.ts';
import { useApi } from '../session/SessionContext.ts';
import type { OrderDialogProps } from './OrderDialogProps.ts';

/** Asks whether an order is to end, and ends it. Sent twice it is cancelled once, by its state. */
export function CancelDialog({ order, onChanged, onClose }: OrderDialogProps) {
  const translate = useTranslate();
  const notify = useNotify();
  const api = useApi();
  const deed = useDeed({
    act: async () => api.order.cancelOrder({ params: { id: order.id } }),
    onDone: () => {
      notify('order.done.cancelled', { type: 'success' });
      onChanged();
      onClose();
    },
    onRefused: onChanged,
  });
  return (
    <DeedDialog
      title={translate('order.cancel_title', { number: order.number })}
      confirm={translate('order.cancel')}
      deed={deed}
      onClose={onClose}
    >
      <Typography>{translate(order.paymentState === 'captured' ? 'order.cancel_paid' : 'order.cancel_unpaid')}</Typography>
    </DeedDialog>
  );
}
