import { sql } from 'kysely';

import type { FulfilmentState, OrderState, PaymentState } from '#contracts/order.ts';

import type { Trx } from '../deps.ts';

export interface OrderStates {
  readonly id: string;
  readonly state: OrderState;
  readonly payment_state: PaymentState;
  readonly fulfilment_state: FulfilmentState;
  readonly version: number;
}

export interface StateChange {
  readonly machine: 'order' | 'payment' | 'fulfilment';
  readonly event: string;
  /** Null where it begins. */
  readonly from: string | null;
  readonly to: string;
  readonly actor: string;
}

export async function updateStates(
  trx: Trx,
  orderId: string,
  next: Pick<OrderStates, 'state' | 'payment_state' | 'fulfilment_state'>,
): Promise<void> {
  await sql`
    UPDATE orders.order SET state = ${next.state}, payment_state = ${next.payment_state}, fulfilment_state = ${next.fulfilment_state},
      version = version + 1, updated_at = now(), holder = CASE WHEN ${next.state} = 'pending' THEN holder END
    WHERE id = ${orderId}`.execute(trx);
}

/** Makes another version of a locked order whose states stay: something else of what it is shown with has changed. */
export async function touchOrder(trx: Trx, orderId: string): Promise<void> {
  await sql`UPDATE orders.order SET version = version + 1, updated_at = now() WHERE id = ${orderId}`.execute(trx);
}

export async function insertEvents(trx: Trx, orderId: string, changes: readonly StateChange[]): Promise<void> {
  const column = (of: (change: StateChange) => string | null) => changes.map((change) => of(change));
  await sql`
    INSERT INTO orders.order_event (order_id, machine, event, from_state, to_state, actor)
    SELECT ${orderId}, c.machine, c.event, c.from_state, c.to_state, c.actor
    FROM unnest(${column(({ machine }) => machine)}::text[], ${column(({ event }) => event)}::text[], ${column(({ from }) => from)}::text[],
      ${column(({ to }) => to)}::text[], ${column(({ actor }) => actor)}::text[]) WITH ORDINALITY
      AS c(machine, event, from_state, to_state, actor, position)
    ORDER BY c.position`.execute(trx);
}
