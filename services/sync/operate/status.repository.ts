import type pg from 'pg';

import type { SyncStatus } from '#contracts/sync-admin.ts';

import { age, instant } from './columns.repository.ts';

/**
 * What waits for an operator: what may be older than a collected tombstone, and a value that another row holds, once both sides have had the time to settle it by
 * a renaming. Whatever else is parked is freed by what it waits for.
 */
const FREED_BY_NOTHING = `(p.reason = 'below_horizon' OR (p.reason = 'unique_collision' AND p.parked_at < clock_timestamp() - interval '1 minute'))`;

/** A direction that has nothing to say has no lag: what it last had is told for five minutes. */
const lately = (column: string): string =>
  `CASE WHEN d.state <> 'idle' OR d.updated_at > clock_timestamp() - interval '5 minutes' THEN d.${column}::text END AS ${column}`;

/** What is known of the direction from this region towards `peer`, and of what waits here. int8 is text, as everywhere. */
export interface StatusRow {
  readonly outbox: string;
  readonly outbox_oldest_ms: string | null;
  readonly parked: string;
  readonly parked_oldest_ms: string | null;
  readonly dead_letters: string;
  readonly dead_letters_oldest_ms: string | null;
  readonly conflicts: string;
  readonly needs_operator: string;
  readonly filling: boolean;
  readonly reconciling: SyncStatus['reconciling'];
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
      (SELECT ${age('l.created_at')} FROM sync.dead_letter l WHERE l.resolved_at IS NULL ORDER BY l.id LIMIT 1) AS dead_letters_oldest_ms,
      (SELECT count(*) FROM sync.parked p WHERE ${FREED_BY_NOTHING})::text AS needs_operator,
      coalesce((SELECT n.filling FROM sync.node n), false) AS filling,
      (SELECT jsonb_build_object('id', r.id::text, 'state', r.state, 'reason', r.reason, 'dryRun', r.dry_run, 'fill', r.fill, 'pass', r.pass, 'atEntity', r.at_entity,
         'ageMs', (${age('r.started_at')})::int8)
       FROM sync.reconcile_run r WHERE r.peer = $1 AND r.state IN ('running', 'interrupted') ORDER BY r.id LIMIT 1) AS reconciling,
      d.state, d.reason, ${lately('lag_ms')}, ${lately('lag_p50_ms')}, ${lately('lag_p99_ms')}, ${instant('d.updated_at')} AS reported_at,
      q.reason AS pause_reason, q.paused_by, ${instant('q.paused_at')} AS paused_at
    FROM sync.status s LEFT JOIN sync.direction d ON d.peer = $1 LEFT JOIN sync.pause q ON q.peer = $1`,
    values: [peer],
  });
  return rows[0];
}
