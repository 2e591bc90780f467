import { sql } from 'kysely';

import type { ShortCloseReason } from '#contracts/order.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';
import type { LineUnits } from '../fulfilment/fulfilment.repository.ts';

export interface ShortClosureRow {
  readonly reason: ShortCloseReason;
  readonly amount_minor: string;
  readonly created_at: string;
}

export async function insertShortClosure(
  trx: Trx,
  one: { readonly orderId: string; readonly refundId: string | null; readonly reason: ShortCloseReason; readonly amountMinor: number },
): Promise<void> {
  await sql`
    INSERT INTO orders.short_closure (order_id, refund_id, reason, amount_minor)
    VALUES (${one.orderId}, ${one.refundId}, ${one.reason}, ${one.amountMinor})`.execute(trx);
}

/** Counts units as given up. */
export async function addShortClosed(trx: Trx, orderId: string, lines: readonly LineUnits[]): Promise<void> {
  await sql`
    UPDATE orders.order_line o SET short_closed = o.short_closed + l.quantity
    FROM unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ quantity }) => quantity)}::int[]) AS l(line, quantity)
    WHERE o.order_id = ${orderId} AND o.line = l.line`.execute(trx);
}

export async function findShortClosure(db: OrderDb, orderId: string): Promise<ShortClosureRow | undefined> {
  const { rows } = await sql<ShortClosureRow>`
    SELECT c.reason, c.amount_minor, ${instantText(sql`c.created_at`)} AS created_at FROM orders.short_closure c WHERE c.order_id = ${orderId}`.execute(
    db,
  );
  return rows[0];
}
