import { sql } from 'kysely';

import type { Trx } from '../deps.ts';

/** Locks pending orders that have kept their goods for long enough. Those that somebody works on are left. */
export async function lockOverdueOrders(trx: Trx, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM orders.order WHERE state = 'pending' AND expires_at <= now()
    ORDER BY expires_at LIMIT ${most} FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
  return rows.map(({ id }) => id);
}
