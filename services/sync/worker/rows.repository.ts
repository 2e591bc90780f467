import type pg from 'pg';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { EntityPolicy } from '#contracts/sync-policy.ts';

/** A row or tombstone as it may cross: `item` is PostgreSQL's own JSON text. */
export interface CrossingRow {
  readonly key: string;
  readonly version: bigint;
  readonly item: string;
}

const checkKeys = Compile(Type.Array(Type.String()));
/** Between items: no JSON text holds it raw. */
const SEPARATOR = '\u001e';

/**
 * Reads rows by key, projected through the entity's policy in SQL. Keys without row or tombstone are left out. All rows come as one text that is
 * cut here and never parsed: int8 and time keep every digit, and a row costs a third of what a row of the driver's does.
 */
export async function readRows(pool: pg.Pool, policy: EntityPolicy, keys: readonly string[]): Promise<CrossingRow[]> {
  const { rows } = await pool.query<{ keys: string | null; versions: string | null; items: string | null }>({
    name: `read-${policy.entity}`,
    text: `SELECT '[' || string_agg(to_json(key)::text, ',') || ']' AS keys, string_agg(version::text, ',') AS versions, string_agg(item, E'\\x1e') AS items
           FROM sync.${policy.entity.replace('.', '_')}_read($1)`,
    values: [keys],
  });
  const [all] = rows;
  if (all === undefined || all.keys === null || all.versions === null || all.items === null) return [];
  const read: unknown = JSON.parse(all.keys);
  const versions = all.versions.split(',');
  // A json column may hold line breaks between its tokens; a line of a body holds one item.
  const items = (all.items.includes('\n') ? all.items.replaceAll('\n', ' ') : all.items).split(SEPARATOR);
  return checkKeys.Parse(read).map((key, index) => ({ key, version: BigInt(versions[index] ?? ''), item: items[index] ?? '' }));
}

export interface Letter {
  readonly entity: string;
  readonly key: string;
  readonly version: bigint;
  readonly reason: string;
  /** What refused it, by its name. */
  readonly detail?: string | undefined;
}

/** Keeps what the peer refused for good, with the peer's reason: again, where it had taken that version meanwhile. */
export async function recordDeadLetters(pool: pg.Pool, letters: readonly Letter[]): Promise<void> {
  await pool.query(
    `INSERT INTO sync.dead_letter (entity, key, version, reason, detail)
     SELECT DISTINCT ON (1, 2, 3, 4) * FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[], $5::text[])
     ON CONFLICT (entity, key, version, reason) DO UPDATE SET resolved_at = NULL, detail = excluded.detail WHERE sync.dead_letter.resolved_at IS NOT NULL`,
    [
      letters.map((l) => l.entity),
      letters.map((l) => l.key),
      letters.map((l) => String(l.version)),
      letters.map((l) => l.reason),
      letters.map((l) => l.detail ?? null),
    ],
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
