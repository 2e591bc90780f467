import type pg from 'pg';

import type { EntityPolicy } from '#contracts/sync-policy.ts';

/** A row or tombstone as it may cross: `item` is PostgreSQL's own JSON text. */
export interface CrossingRow {
  readonly key: string;
  readonly version: bigint;
  readonly item: string;
}

/** Reads rows by key, projected through the entity's policy in SQL. Keys without row or tombstone are left out. */
export async function readRows(pool: pg.Pool, policy: EntityPolicy, keys: readonly string[]): Promise<CrossingRow[]> {
  const { rows } = await pool.query<{ key: string; version: string; item: string }>({
    name: `read-${policy.entity}`,
    text: `SELECT key, version, item FROM sync.${policy.entity.replace('.', '_')}_read($1)`,
    values: [keys],
  });
  return rows.map(({ key, version, item }) => ({ key, version: BigInt(version), item }));
}

/** Keeps what the peer refused for good, with the peer's reason. */
export async function recordDeadLetters(
  pool: pg.Pool,
  letters: readonly { entity: string; key: string; version: bigint; reason: string }[],
): Promise<void> {
  await pool.query(
    `INSERT INTO sync.dead_letter (entity, key, version, reason)
     SELECT * FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[]) ON CONFLICT DO NOTHING`,
    [letters.map((l) => l.entity), letters.map((l) => l.key), letters.map((l) => String(l.version)), letters.map((l) => l.reason)],
  );
}

export interface DirectionReport {
  readonly state: 'running' | 'stalled' | 'idle';
  readonly reason: string | null;
  readonly lagMs: number | null;
}

/** Says how the direction towards `peer` fares; without a lag the last one stays. */
export async function reportDirection(pool: pg.Pool, peer: string, report: DirectionReport): Promise<void> {
  await pool.query(
    `INSERT INTO sync.direction AS d (peer, state, reason, lag_ms) VALUES ($1, $2, $3, $4)
     ON CONFLICT (peer) DO UPDATE SET state = excluded.state, reason = excluded.reason, lag_ms = coalesce(excluded.lag_ms, d.lag_ms), updated_at = clock_timestamp()`,
    [peer, report.state, report.reason, report.lagMs],
  );
}
