import type { EventType } from '#contracts/events.ts';
import type { FulfilmentState } from '#contracts/order.ts';
import { AppError } from '#platform/errors.ts';
import { emitEvent } from '#platform/events/events.repository.ts';

import type { Trx } from '../deps.ts';
import {
  fulfilmentTable,
  nextState,
  orderTable,
  paymentTable,
  type FulfilmentEvent,
  type OrderEvent,
  type PaymentEvent,
} from './machines.ts';
import { insertEvents, updateStates, type OrderStates, type StateChange } from './states.repository.ts';

/** What happens to an order's three machines at once. */
export interface Events {
  readonly order?: OrderEvent;
  readonly payment?: PaymentEvent;
  readonly fulfilment?: FulfilmentEvent;
}

/** What others are told of; the subject is always the order. */
const toldAs: Readonly<Record<string, EventType>> = {
  confirm: 'madeinworld.order.confirmed.v1',
  cancel: 'madeinworld.order.cancelled.v1',
  expire: 'madeinworld.order.expired.v1',
  ship_part: 'madeinworld.order.shipped.v1',
  ship_rest: 'madeinworld.order.shipped.v1',
  short_close: 'madeinworld.order.short_closed.v1',
  deliver: 'madeinworld.order.delivered.v1',
  return_part: 'madeinworld.return.accepted.v1',
  return_rest: 'madeinworld.return.accepted.v1',
  refund_part: 'madeinworld.payment.refunded.v1',
  refund_rest: 'madeinworld.payment.refunded.v1',
} satisfies Partial<Record<OrderEvent | PaymentEvent | FulfilmentEvent, EventType>>;

/** Who does it: a role, a guest, the provider, or nobody but time. Never which person. */
export type Actor = string;

/** Whether others hear of it. */
export type Telling = 'told' | 'untold';

/**
 * Takes a locked order on by `events`, all of them or none, writes its history, and tells others of it, unless it is `untold`: what happened elsewhere. Answers its states as they are then. Throws AppError `state_conflict` for an
 * event that a state does not have.
 */
export async function advance<Order extends OrderStates>(
  trx: Trx,
  order: Order,
  events: Events,
  actor: Actor,
  telling: Telling = 'told',
): Promise<Order> {
  const changes: StateChange[] = [];
  const follow = <State extends string, Event extends string>(
    machine: StateChange['machine'],
    table: Parameters<typeof nextState<State, Event>>[0],
    from: State,
    event: Event | undefined,
  ): State => {
    if (event === undefined) return from;
    const to = nextState(table, from, event);
    if (to === null) throw refusalOf(order, machine, event);
    changes.push({ machine, event, from, to, actor });
    return to;
  };
  const next = {
    state: follow('order', orderTable, order.state, events.order),
    payment_state: follow('payment', paymentTable, order.payment_state, events.payment),
    fulfilment_state: follow('fulfilment', fulfilmentTable, order.fulfilment_state, events.fulfilment),
  };
  if (changes.length === 0) return order;
  await updateStates(trx, order.id, next);
  await insertEvents(trx, order.id, changes);
  // An order that is cancelled with its delivery is told of once.
  const told = new Set(telling === 'untold' ? [] : changes.flatMap(({ event }) => toldAs[event] ?? []));
  for (const type of told) await emitEvent(trx, type, order.id);
  return { ...order, ...next, version: order.version + 1 };
}

const words: Readonly<Record<StateChange['machine'], string>> = { order: 'order', payment: 'payment', fulfilment: 'delivery' };

/** Says what state is in the way. */
export const refusal = (machine: StateChange['machine'], state: string): AppError =>
  new AppError('state_conflict', { detail: `${saying(machine, state)}.` });

const saying = (machine: StateChange['machine'], state: string): string => `The ${words[machine]} is ${state.replaceAll('_', ' ')}`;

/** What has not arrived. */
const onItsWay = new Set<string>(['allocated', 'partly_shipped', 'shipped'] satisfies FulfilmentState[]);

/** Says what an order lacks for `machine` to go on, and not only where it stands. Pure. */
export function refusalOf(order: OrderStates, machine: StateChange['machine'], event?: string): AppError {
  const state = { order: order.state, payment: order.payment_state, fulfilment: order.fulfilment_state }[machine];
  // What has not begun waits for the payment, or for nothing any more.
  if (state === 'none') {
    if (order.state !== 'pending') return refusal('order', order.state);
    return new AppError('state_conflict', { detail: 'The order is not paid yet.' });
  }
  if (event?.startsWith('return_') === true && onItsWay.has(state)) {
    return new AppError('state_conflict', {
      detail: `Nothing can come back before it is delivered: ${saying(machine, state).replace(/^The/, 'the')}.`,
    });
  }
  if (event === 'short_close' && state === 'allocated') {
    return new AppError('state_conflict', { detail: 'Nothing of it has been shipped: it can be cancelled.' });
  }
  return refusal(machine, state);
}
