import { sql } from 'kysely';

import type { OrderDb, Trx } from '../deps.ts';

export type RefundCause = 'cancelled' | 'too_late' | 'paid_twice' | 'returned';

export interface RefundRow {
  readonly id: string;
  readonly payment_id: string;
  readonly order_id: string;
  readonly cause: RefundCause;
  readonly state: 'requested' | 'done' | 'failed';
  readonly amount_minor: string;
  readonly currency: string;
  /** Where the money was taken, and so who gives it back. */
  readonly taken_by: 'provider' | 'elsewhere';
}

/** Counts `amountMinor` as given back; false where that would be more than was captured. */
export async function takeFromPayment(trx: Trx, paymentId: string, amountMinor: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE orders.payment SET refunded_minor = refunded_minor + ${amountMinor}
    WHERE id = ${paymentId} AND state = 'captured' AND refunded_minor + ${amountMinor} <= amount_minor`.execute(trx);
  return numAffectedRows === 1n;
}

export async function giveToPayment(trx: Trx, paymentId: string, amountMinor: string): Promise<void> {
  await sql`UPDATE orders.payment SET refunded_minor = refunded_minor - ${amountMinor} WHERE id = ${paymentId}`.execute(trx);
}

export async function insertRefund(trx: Trx, id: string, paymentId: string, cause: RefundCause, amountMinor: number): Promise<void> {
  await sql`
    INSERT INTO orders.refund (id, payment_id, cause, amount_minor) VALUES (${id}, ${paymentId}, ${cause}, ${amountMinor})`.execute(trx);
}

export async function findRefund(db: OrderDb, id: string): Promise<RefundRow | undefined> {
  const { rows } = await sql<RefundRow>`
    SELECT r.id, r.payment_id, p.order_id, r.cause, r.state, r.amount_minor, p.currency, p.taken_by
    FROM orders.refund r JOIN orders.payment p ON p.id = r.payment_id WHERE r.id = ${id}`.execute(db);
  return rows[0];
}

export async function updateRefundState(trx: Trx, id: string, state: 'done' | 'failed'): Promise<void> {
  await sql`UPDATE orders.refund SET state = ${state}, settled_at = clock_timestamp() WHERE id = ${id}`.execute(trx);
}

/** Whether everything that was captured has come back. */
export async function isAllBack(trx: Trx, paymentId: string): Promise<boolean> {
  const { rows } = await sql<{ all_back: boolean }>`
    SELECT p.amount_minor = (SELECT sum(r.amount_minor) FROM orders.refund r WHERE r.payment_id = p.id AND r.state = 'done') AS all_back
    FROM orders.payment p WHERE p.id = ${paymentId}`.execute(trx);
  return rows[0]?.all_back === true;
}

/** As claimOpenPayments does for attempts. */
export async function claimOpenRefunds(db: OrderDb, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    UPDATE orders.refund SET asked_at = clock_timestamp() WHERE id IN (
      SELECT id FROM orders.refund WHERE state = 'requested' AND asked_at < now() - interval '1 minute'
      ORDER BY asked_at LIMIT ${most} FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING id`.execute(db);
  return rows.map(({ id }) => id);
}
