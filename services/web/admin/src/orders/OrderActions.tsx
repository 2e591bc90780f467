import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { operations } from '#client/index.ts';
import type { Order } from '#contracts/order.ts';
import { useMayCall } from '../session/SessionContext.ts';
import { CancelDialog } from './CancelDialog.tsx';
import { InvoiceDialog } from './InvoiceDialog.tsx';
import { offersOf } from './offers.ts';
import { ReturnDialog } from './ReturnDialog.tsx';
import { ShipDialog } from './ShipDialog.tsx';
import { ShortCloseDialog } from './ShortCloseDialog.tsx';

type Props = { readonly order: Order; readonly onChanged: () => void };

/** What who is signed in may do with an order as it is. */
export function OrderActions({ order, onChanged }: Props) {
  const translate = useTranslate();
  const [open, setOpen] = useState<'ship' | 'return' | 'cancel' | 'shortClose' | 'invoice' | undefined>(undefined);
  const offers = offersOf(order);
  const mayShip = useMayCall(operations.order.shipOrder);
  const mayShortClose = useMayCall(operations.order.shortCloseOrder);
  const mayReturn = useMayCall(operations.order.returnGoods);
  // Whoever owns an order may cancel it; of others', who sees all of them, and of what is paid, who decides on refunds.
  const maySee = useMayCall(operations.order.listOrders);
  const mayRefund = useMayCall(operations.order.retryRefund);
  const mayCancel = offers.cancelPaysBack ? mayRefund : maySee;
  const dialog = { order, onChanged, onClose: () => setOpen(undefined) };
  return (
    <>
      {mayShip && offers.ship ? (
        <Button variant="contained" onClick={() => setOpen('ship')}>
          {translate('order.ship')}
        </Button>
      ) : null}
      {mayReturn && offers.takeReturn ? (
        <Button variant="contained" onClick={() => setOpen('return')}>
          {translate('order.take_return')}
        </Button>
      ) : null}
      {order.payments.some(({ state }) => state === 'captured') ? (
        <Button variant="outlined" onClick={() => setOpen('invoice')}>
          {translate('order.invoice')}
        </Button>
      ) : null}
      {mayCancel && offers.cancel ? (
        <Button variant="outlined" color="error" onClick={() => setOpen('cancel')}>
          {translate('order.cancel')}
        </Button>
      ) : null}
      {mayShortClose && offers.shortClose ? (
        <Button variant="outlined" color="error" onClick={() => setOpen('shortClose')}>
          {translate('order.short_close')}
        </Button>
      ) : null}
      {open === 'ship' ? <ShipDialog {...dialog} /> : null}
      {open === 'return' ? <ReturnDialog {...dialog} /> : null}
      {open === 'cancel' ? <CancelDialog {...dialog} /> : null}
      {open === 'shortClose' ? <ShortCloseDialog {...dialog} /> : null}
      {open === 'invoice' ? <InvoiceDialog {...dialog} /> : null}
    </>
  );
}
