import { expect, test } from 'vitest';

import type { FulfilmentState, OrderState, PaymentState } from '#contracts/order.ts';

import { refusalOf } from './advance.ts';

const orderIn = (state: OrderState, payment: PaymentState, fulfilment: FulfilmentState) => ({
  id: 'an order',
  version: 1,
  state,
  payment_state: payment,
  fulfilment_state: fulfilment,
});

test.each([
  ['what waits for its payment', orderIn('pending', 'none', 'none'), 'fulfilment', 'ship_rest', 'The order is not paid yet.'],
  ['what nobody paid in time', orderIn('expired', 'none', 'none'), 'fulfilment', 'ship_rest', 'The order is expired.'],
  ['a return of what was never paid', orderIn('cancelled', 'none', 'none'), 'payment', undefined, 'The order is cancelled.'],
  [
    'a return of what is on its way',
    orderIn('confirmed', 'captured', 'partly_shipped'),
    'fulfilment',
    'return_part',
    'Nothing can come back before it is delivered: the delivery is partly shipped.',
  ],
  [
    'the rest of what was not shipped at all',
    orderIn('confirmed', 'captured', 'allocated'),
    'fulfilment',
    'short_close',
    'Nothing of it has been shipped: it can be cancelled.',
  ],
  ['the rest of what is shipped', orderIn('confirmed', 'captured', 'shipped'), 'fulfilment', 'short_close', 'The delivery is shipped.'],
  ['a second delivery', orderIn('completed', 'captured', 'delivered'), 'fulfilment', 'ship_part', 'The delivery is delivered.'],
] as const)('%s is refused with what it lacks', (_what, order, machine, event, detail) => {
  expect(refusalOf(order, machine, event).extras.detail).toBe(detail);
});
