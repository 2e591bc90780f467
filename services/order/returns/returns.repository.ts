import { sql } from 'kysely';

import type { ReturnedUnits } from '#contracts/order.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';

export interface NewReturnLine {
  readonly line: number;
  readonly quantity: number;
  readonly resellable: boolean;
  readonly amountMinor: number;
}

export interface ReturnRow {
  readonly id: string;
  readonly amount_minor: string;
  readonly reference: string | null;
  readonly created_at: string;
  readonly lines: ReturnedUnits[];
}

/** The clock, to be read under the order's lock and before the event of a return: events of an order and its returns are in one sequence. */
export async function readClock(trx: Trx): Promise<string> {
  const { rows } = await sql<{ now: string }>`SELECT ${instantText(sql`clock_timestamp()`)} AS now`.execute(trx);
  if (rows[0] === undefined) throw new Error('the database has no clock');
  return rows[0].now;
}

export async function insertReturn(
  trx: Trx,
  one: {
    readonly id: string;
    readonly orderId: string;
    readonly refundId: string | null;
    readonly storeId: string | null;
    readonly reference: string | null;
    readonly returnedAt: string | null;
    readonly acceptedAt: string;
  },
  lines: readonly NewReturnLine[],
  amountMinor: number,
): Promise<void> {
  await sql`
    INSERT INTO orders.return (id, order_id, refund_id, store_id, amount_minor, reference, returned_at, created_at)
    VALUES (${one.id}, ${one.orderId}, ${one.refundId}, ${one.storeId}, ${amountMinor}, ${one.reference}, ${one.returnedAt}, ${one.acceptedAt})`.execute(
    trx,
  );
  await sql`
    INSERT INTO orders.return_line (return_id, order_id, line, quantity, resellable, amount_minor)
    SELECT ${one.id}, ${one.orderId}, l.line, l.quantity, l.resellable, l.amount_minor
    FROM unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ quantity }) => quantity)}::int[],
      ${lines.map(({ resellable }) => resellable)}::boolean[], ${lines.map((line) => line.amountMinor)}::int8[])
      AS l(line, quantity, resellable, amount_minor)`.execute(trx);
}

/** Counts units as returned. */
export async function addReturned(trx: Trx, orderId: string, lines: readonly Pick<NewReturnLine, 'line' | 'quantity'>[]): Promise<void> {
  await sql`
    UPDATE orders.order_line o SET returned = o.returned + l.quantity
    FROM unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ quantity }) => quantity)}::int[]) AS l(line, quantity)
    WHERE o.order_id = ${orderId} AND o.line = l.line`.execute(trx);
}

/** The returns of an order, the first one first. */
export async function selectReturns(db: OrderDb, orderId: string): Promise<ReturnRow[]> {
  const { rows } = await sql<ReturnRow>`
    SELECT r.id, r.amount_minor, r.reference, ${instantText(sql`r.created_at`)} AS created_at,
      (SELECT jsonb_agg(jsonb_build_object('productId', o.product_id, 'quantity', l.quantity, 'resellable', l.resellable) ORDER BY l.line, l.resellable DESC)
       FROM orders.return_line l JOIN orders.order_line o ON o.order_id = l.order_id AND o.line = l.line WHERE l.return_id = r.id) AS lines
    FROM orders.return r WHERE r.order_id = ${orderId} ORDER BY r.created_at, r.id`.execute(db);
  return rows;
}

/** What was taken back of this order under the merchant's `reference` before, and what it paid back. The order is locked. */
export async function findReturnBy(
  trx: Trx,
  orderId: string,
  reference: string,
): Promise<{ readonly refundId: string | null; readonly lines: readonly ReturnedUnits[] } | undefined> {
  const { rows } = await sql<{ refundId: string | null; lines: readonly ReturnedUnits[] }>`
    SELECT r.refund_id AS "refundId",
      (SELECT jsonb_agg(jsonb_build_object('productId', o.product_id, 'quantity', l.quantity, 'resellable', l.resellable))
       FROM orders.return_line l JOIN orders.order_line o ON o.order_id = ${orderId} AND o.line = l.line WHERE l.return_id = r.id) AS lines
    FROM orders.return r WHERE r.order_id = ${orderId} AND r.reference = ${reference}`.execute(trx);
  return rows[0];
}
