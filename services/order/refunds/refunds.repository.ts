import { sql } from 'kysely';

import type { RefundListQuery } from '#contracts/refund.ts';
import { instantText, selectPage, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order as ListOrder } from '#platform/paging/list.ts';

import type { OrderDb, Trx } from '../deps.ts';

export type RefundCause = 'cancelled' | 'too_late' | 'paid_twice' | 'returned' | 'short_closed';

export interface RefundRow {
  readonly id: string;
  readonly payment_id: string;
  readonly order_id: string;
  readonly cause: RefundCause;
  readonly state: 'requested' | 'done' | 'failed';
  readonly amount_minor: string;
  readonly currency: string;
  readonly given_by: 'provider' | 'elsewhere';
  readonly reference: string | null;
  readonly requested_by: string | null;
  readonly retry_of: string | null;
  readonly retried_as: string | null;
  readonly created_at: string;
  readonly settled_at: string | null;
}

/** A refund that takes the place of one that failed. */
export interface Replacement {
  readonly retryOf: string;
  readonly givenBy: RefundRow['given_by'];
  readonly requestedBy: string;
  readonly reference: string | null;
}

const columns = sql`t.id, t.payment_id, p.order_id, t.cause, t.state, t.amount_minor, p.currency, coalesce(t.given_by, p.taken_by) AS given_by, t.reference,
  t.requested_by, t.retry_of, (SELECT n.id FROM orders.refund n WHERE n.retry_of = t.id) AS retried_as,
  ${instantText(sql`t.created_at`)} AS created_at, ${instantText(sql`t.settled_at`)} AS settled_at`;
const withPayment = sql`JOIN orders.payment p ON p.id = t.payment_id`;

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

export async function insertRefund(
  trx: Trx,
  refund: { readonly id: string; readonly paymentId: string; readonly cause: RefundCause; readonly amountMinor: number },
  replacement?: Replacement,
): Promise<void> {
  await sql`
    INSERT INTO orders.refund (id, payment_id, cause, amount_minor, retry_of, given_by, reference, requested_by)
    VALUES (${refund.id}, ${refund.paymentId}, ${refund.cause}, ${refund.amountMinor}, ${replacement?.retryOf ?? null},
      ${replacement?.givenBy ?? null}, ${replacement?.reference ?? null}, ${replacement?.requestedBy ?? null})`.execute(trx);
}

export async function findRefund(db: OrderDb, id: string): Promise<RefundRow | undefined> {
  const { rows } = await sql<RefundRow>`SELECT ${columns} FROM orders.refund t ${withPayment} WHERE t.id = ${id}`.execute(db);
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

const byCreation: SortKey = { expression: sql`t.created_at`, type: 'timestamptz' };

export const refundSortType = (): SortKey['type'] => byCreation.type;

export async function selectRefunds(db: OrderDb, { state, owed }: RefundListQuery, order: ListOrder) {
  // An answer that is no yes and no no, minute after minute, is for somebody to look at.
  const isStuck = sql`t.state = 'requested' AND t.created_at < now() - interval '15 minutes'`;
  const isOwed = sql`((t.state = 'failed' AND NOT EXISTS (SELECT FROM orders.refund n WHERE n.retry_of = t.id)) OR (${isStuck}))`;
  const filters = [
    ...(state === undefined ? [] : [sql`t.state = ${state}`]),
    ...(owed === undefined ? [] : [owed ? isOwed : sql`NOT ${isOwed}`]),
  ];
  return selectPage<RefundRow>(db, {
    table: 'orders.refund',
    join: withPayment,
    columns,
    filters,
    sort: byCreation,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}
