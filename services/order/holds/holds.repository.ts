import { sql } from 'kysely';

import type { Trx } from '../deps.ts';
import type { Held } from './limits.ts';

/** Nobody else takes of this holder's share until the transaction ends. Comes before stock is locked. */
export async function lockHolder(trx: Trx, digest: Buffer): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('orders.holder:' || encode(${digest}::bytea, 'hex'), 0))`.execute(trx);
}

/** What waits for its payment. What is overdue is on its way back into stock, whether a sweep has come by or not. */
export async function selectHeld(trx: Trx, digest: Buffer): Promise<Held> {
  const { rows } = await sql<{ orders: number; units: number; seconds_left: number }>`
    SELECT count(*)::int AS orders, coalesce(sum(o.units), 0)::int AS units,
      CASE WHEN count(*) = 0 THEN 0 ELSE greatest(ceil(extract(epoch FROM min(o.expires_at) - clock_timestamp())), 1) END::int AS seconds_left
    FROM orders.order o WHERE o.holder = ${digest} AND o.state = 'pending' AND o.expires_at > now()`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('a sum answered no row');
  return { orders: row.orders, units: row.units, secondsLeft: row.seconds_left };
}
