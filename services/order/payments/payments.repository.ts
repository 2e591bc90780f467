import { sql } from 'kysely';

import type { AttemptState } from '#contracts/order.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';

export interface PaymentRow {
  readonly id: string;
  readonly order_id: string;
  readonly state: AttemptState;
  readonly amount_minor: string;
  readonly refunded_minor: string;
  readonly currency: string;
  readonly created_at: string;
  /** Whether it goes back for another one was captured already. */
  readonly is_extra: boolean;
}

/** Of a payment `p`: whether it goes back for another one was captured already. */
const isExtra = sql`EXISTS (SELECT FROM orders.refund r WHERE r.payment_id = p.id AND r.cause = 'paid_twice')`;

const columns = sql`p.id, p.order_id, p.state, p.amount_minor, p.refunded_minor, p.currency, ${instantText(sql`p.created_at`)} AS created_at,
  ${isExtra} AS is_extra`;

export async function insertPayment(
  trx: Trx,
  payment: { readonly id: string; readonly orderId: string; readonly amountMinor: string; readonly currency: string },
): Promise<void> {
  await sql`
    INSERT INTO orders.payment (id, order_id, state, amount_minor, currency)
    VALUES (${payment.id}, ${payment.orderId}, 'started', ${payment.amountMinor}, ${payment.currency})`.execute(trx);
}

export async function findPayment(db: OrderDb, id: string): Promise<PaymentRow | undefined> {
  const { rows } = await sql<PaymentRow>`SELECT ${columns} FROM orders.payment p WHERE p.id = ${id}`.execute(db);
  return rows[0];
}

/** The attempts of an order, the first one first. To be changed only by who has locked the order. */
export async function selectPayments(db: OrderDb, orderId: string): Promise<PaymentRow[]> {
  const { rows } = await sql<PaymentRow>`
    SELECT ${columns} FROM orders.payment p WHERE p.order_id = ${orderId} ORDER BY p.created_at, p.id`.execute(db);
  return rows;
}

export async function updatePaymentState(trx: Trx, id: string, state: AttemptState): Promise<void> {
  await sql`
    UPDATE orders.payment SET state = ${state}, settled_at = CASE WHEN ${state} IN ('captured', 'failed') THEN clock_timestamp() END
    WHERE id = ${id}`.execute(trx);
}

/**
 * Takes attempts that have been under way for a minute, or were asked about a minute ago; for a minute they are the caller's alone. Those that somebody works on are
 * left.
 */
export async function claimOpenPayments(db: OrderDb, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    UPDATE orders.payment SET asked_at = clock_timestamp() WHERE id IN (
      SELECT id FROM orders.payment WHERE state IN ('started', 'unknown') AND asked_at < now() - interval '1 minute'
      ORDER BY asked_at LIMIT ${most} FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING id`.execute(db);
  return rows.map(({ id }) => id);
}

/** The payment that the order was confirmed or ended with: captured, and not because it was paid twice. */
export async function findOwnPayment(trx: Trx, orderId: string): Promise<PaymentRow | undefined> {
  const { rows } = await sql<PaymentRow>`
    SELECT ${columns} FROM orders.payment p WHERE p.order_id = ${orderId} AND p.state = 'captured'
      AND NOT ${isExtra}`.execute(trx);
  return rows[0];
}
