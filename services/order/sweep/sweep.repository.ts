import { sql } from 'kysely';

import type { OrderDb, Trx } from '../deps.ts';

/** Of which overdue orders: all, or those of which no attempt to pay is open. */
export type Overdue = 'all' | 'that nobody pays';

/** Locks pending orders that have kept their goods for long enough. Those that somebody works on are left. */
export async function lockOverdueOrders(trx: Trx, most: number, which: Overdue): Promise<string[]> {
  const isOpen = sql`EXISTS (SELECT FROM orders.payment p WHERE p.order_id = o.id AND p.state IN ('started', 'unknown'))`;
  const { rows } = await sql<{ id: string }>`
    SELECT o.id FROM orders.order o WHERE o.state = 'pending' AND o.expires_at <= now() AND ${which === 'all' ? sql`true` : sql`NOT ${isOpen}`}
    ORDER BY o.expires_at LIMIT ${most} FOR NO KEY UPDATE OF o SKIP LOCKED`.execute(trx);
  return rows.map(({ id }) => id);
}

/** How long it is until something has to be swept, in milliseconds, below 0 where that is overdue; undefined where nothing waits. */
export async function untilDueMs(db: OrderDb): Promise<number | undefined> {
  const { rows } = await sql<{ ms: number | null }>`
    SELECT (extract(epoch FROM least(
      (SELECT min(expires_at) FROM orders.order WHERE state = 'pending'),
      (SELECT min(asked_at) + interval '1 minute' FROM orders.payment WHERE state IN ('started', 'unknown')),
      (SELECT min(asked_at) + interval '1 minute' FROM orders.refund WHERE state = 'requested')
    ) - clock_timestamp()) * 1000)::float8 AS ms`.execute(db);
  return rows[0]?.ms ?? undefined;
}
