import Chip from '@mui/material/Chip';
import { useTranslate } from 'react-admin';
import type { FulfilmentState, OrderState, PaymentState } from '#contracts/order.ts';

type Colour = 'default' | 'info' | 'success' | 'warning' | 'error';

const orderColour: Readonly<Record<OrderState, Colour>> = {
  pending: 'warning',
  confirmed: 'info',
  completed: 'success',
  expired: 'default',
  cancelled: 'default',
};

const paymentColour: Readonly<Record<PaymentState, Colour>> = {
  none: 'default',
  started: 'warning',
  unknown: 'warning',
  captured: 'success',
  partly_refunded: 'info',
  refunded: 'info',
  failed: 'error',
};

const fulfilmentColour: Readonly<Record<FulfilmentState, Colour>> = {
  none: 'default',
  allocated: 'warning',
  partly_shipped: 'warning',
  shipped: 'info',
  delivered: 'success',
  partly_returned: 'info',
  returned: 'info',
  cancelled: 'default',
};

/** Where an order is, in a word. */
export function OrderStateChip({ state }: { readonly state: OrderState }) {
  return <Chip size="small" color={orderColour[state]} label={useTranslate()(`order.state.${state}`)} />;
}

/** Where its payment is. */
export function PaymentStateChip({ state }: { readonly state: PaymentState }) {
  return <Chip size="small" variant="outlined" color={paymentColour[state]} label={useTranslate()(`order.payment.${state}`)} />;
}

/** Where its goods are. */
export function FulfilmentStateChip({ state }: { readonly state: FulfilmentState }) {
  return <Chip size="small" variant="outlined" color={fulfilmentColour[state]} label={useTranslate()(`order.fulfilment.${state}`)} />;
}
