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

/** Are there dead letters that wait for their rows to be mended? */
export async function hasOpenLetters(pool: pg.Pool): Promise<boolean> {
  return (await pool.query('SELECT FROM sync.dead_letter WHERE resolved_at IS NULL AND item IS NULL LIMIT 1')).rowCount === 1;
}

/** Marks the dead letters of what the peer has taken by now, in that version or a later one. They stay for the record. */
export async function resolveDeadLetters(pool: pg.Pool, taken: readonly { entity: string; key: string; version: bigint }[]): Promise<void> {
  await pool.query(
    `UPDATE sync.dead_letter d SET resolved_at = clock_timestamp()
     FROM unnest($1::text[], $2::text[], $3::int8[]) AS t(entity, key, version)
     WHERE d.entity = t.entity AND d.key = t.key AND d.version <= t.version AND d.resolved_at IS NULL AND d.item IS NULL`,
    [taken.map((t) => t.entity), taken.map((t) => t.key), taken.map((t) => String(t.version))],
  );
}

export interface DirectionReport {
  readonly state: 'running' | 'stalled' | 'idle' | 'paused';
  readonly reason: string | null;
  readonly lagMs: number | null;
}

/** Quantiles of the lag of what was answered lately; null where nothing was. */
export interface LagQuantiles {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Says how the direction towards `peer` fares; without a lag the last one stays. */
export async function reportDirection(pool: pg.Pool, peer: string, report: DirectionReport, lags: LagQuantiles): Promise<void> {
  await pool.query(
    `INSERT INTO sync.direction AS d (peer, state, reason, lag_ms, lag_p50_ms, lag_p99_ms) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (peer) DO UPDATE SET state = excluded.state, reason = excluded.reason, lag_ms = coalesce(excluded.lag_ms, d.lag_ms),
       lag_p50_ms = coalesce(excluded.lag_p50_ms, d.lag_p50_ms), lag_p99_ms = coalesce(excluded.lag_p99_ms, d.lag_p99_ms), updated_at = clock_timestamp()`,
    [peer, report.state, report.reason, report.lagMs, lags.p50Ms, lags.p99Ms],
  );
}
