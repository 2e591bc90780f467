import type pg from 'pg';

import { age, instant } from './columns.repository.ts';

/** What is known of the direction from this region towards `peer`, and of what waits here. int8 is text, as everywhere. */
export interface StatusRow {
  readonly outbox: string;
  readonly outbox_oldest_ms: string | null;
  readonly parked: string;
  readonly parked_oldest_ms: string | null;
  readonly dead_letters: string;
  readonly dead_letters_oldest_ms: string | null;
  readonly conflicts: string;
  readonly state: 'running' | 'idle' | 'stalled' | 'paused' | null;
  readonly reason: string | null;
  readonly lag_ms: string | null;
  readonly lag_p50_ms: string | null;
  readonly lag_p99_ms: string | null;
  readonly reported_at: string | null;
  readonly pause_reason: string | null;
  readonly paused_by: string | null;
  readonly paused_at: string | null;
}

export async function readStatus(pool: pg.Pool, peer: string): Promise<StatusRow | undefined> {
  const { rows } = await pool.query<StatusRow>({
    name: 'read-status',
    text: `SELECT s.outbox::text, s.parked::text, s.dead_letters::text, s.conflicts::text,
      (SELECT ${age('o.created_at')} FROM sync.outbox o ORDER BY o.id LIMIT 1) AS outbox_oldest_ms,
      (SELECT ${age('min(p.parked_at)')} FROM sync.parked p) AS parked_oldest_ms,
      (SELECT ${age('l.created_at')} FROM sync.dead_letter l ORDER BY l.id LIMIT 1) AS dead_letters_oldest_ms,
      d.state, d.reason, d.lag_ms::text, d.lag_p50_ms::text, d.lag_p99_ms::text, ${instant('d.updated_at')} AS reported_at,
      q.reason AS pause_reason, q.paused_by, ${instant('q.paused_at')} AS paused_at
    FROM sync.status s LEFT JOIN sync.direction d ON d.peer = $1 LEFT JOIN sync.pause q ON q.peer = $1`,
    values: [peer],
  });
  return rows[0];
}
