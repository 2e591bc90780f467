import type { AttemptState, FulfilmentState, OrderState, PaymentState } from '#contracts/order.ts';

/** What follows on an event in a state; null where the event is refused. Every pair has to be decided: what is missing does not compile. */
type Table<State extends string, Event extends string> = Readonly<Record<State, Readonly<Record<Event, State | null>>>>;

export type OrderEvent = 'confirm' | 'complete' | 'expire' | 'cancel';
export const orderTable: Table<OrderState, OrderEvent> = {
  pending: { confirm: 'confirmed', complete: null, expire: 'expired', cancel: 'cancelled' },
  confirmed: { confirm: null, complete: 'completed', expire: null, cancel: 'cancelled' },
  completed: { confirm: null, complete: null, expire: null, cancel: null },
  expired: { confirm: null, complete: null, expire: null, cancel: null },
  cancelled: { confirm: null, complete: null, expire: null, cancel: null },
};

/** `refund_part` leaves something captured, `refund_rest` nothing. The provider's last word counts: what has failed may turn out to be captured. */
export type PaymentEvent = 'start' | 'lose' | 'fail' | 'capture' | 'refund_part' | 'refund_rest';
export const paymentTable: Table<PaymentState, PaymentEvent> = {
  none: { start: 'started', lose: null, fail: null, capture: null, refund_part: null, refund_rest: null },
  started: { start: null, lose: 'unknown', fail: 'failed', capture: 'captured', refund_part: null, refund_rest: null },
  unknown: { start: null, lose: null, fail: 'failed', capture: 'captured', refund_part: null, refund_rest: null },
  failed: { start: 'started', lose: null, fail: null, capture: 'captured', refund_part: null, refund_rest: null },
  captured: { start: null, lose: null, fail: null, capture: null, refund_part: 'partly_refunded', refund_rest: 'refunded' },
  partly_refunded: { start: null, lose: null, fail: null, capture: null, refund_part: 'partly_refunded', refund_rest: 'refunded' },
  refunded: { start: null, lose: null, fail: null, capture: null, refund_part: null, refund_rest: null },
};

/** One attempt to pay: the same events as far as they concern it. */
export type AttemptEvent = 'lose' | 'fail' | 'capture';
export const attemptTable: Table<AttemptState, AttemptEvent> = {
  started: { lose: 'unknown', fail: 'failed', capture: 'captured' },
  unknown: { lose: null, fail: 'failed', capture: 'captured' },
  failed: { lose: null, fail: null, capture: 'captured' },
  captured: { lose: null, fail: null, capture: null },
};

/** `ship_rest` and `return_rest` leave nothing to ship or to return. What has been shipped in part is not cancelled any more; `short_close` gives up the rest of it. */
export type FulfilmentEvent = 'allocate' | 'ship_part' | 'ship_rest' | 'short_close' | 'deliver' | 'return_part' | 'return_rest' | 'cancel';
const refused = {
  allocate: null,
  ship_part: null,
  ship_rest: null,
  short_close: null,
  deliver: null,
  return_part: null,
  return_rest: null,
  cancel: null,
} as const satisfies Record<FulfilmentEvent, null>;
const shipping = { ...refused, ship_part: 'partly_shipped', ship_rest: 'shipped' } as const;
const returning = { ...refused, return_part: 'partly_returned', return_rest: 'returned' } as const;
export const fulfilmentTable: Table<FulfilmentState, FulfilmentEvent> = {
  none: { ...refused, allocate: 'allocated' },
  allocated: { ...shipping, cancel: 'cancelled' },
  partly_shipped: { ...shipping, short_close: 'shipped' },
  shipped: { ...refused, deliver: 'delivered' },
  delivered: returning,
  partly_returned: returning,
  returned: refused,
  cancelled: refused,
};

/** The state that follows, or null where the table has none. Pure. */
export const nextState = <State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): State | null => table[state][event];
