import type pg from 'pg';

import type { EntityPolicy } from '#contracts/sync-policy.ts';

import type { HeldStamp, KeyRange } from './messages.ts';

const functionOf = (policy: EntityPolicy, what: string): string => `sync.${policy.entity.replace('.', '_')}_${what}`;

/** Keys at which `range` falls into pieces of `rows`, at most `most` of them. */
export async function cutRange(pool: pg.Pool, policy: EntityPolicy, range: KeyRange, rows: number, most: number): Promise<string[]> {
  const found = await pool.query<{ cuts: string[] }>(`SELECT ${functionOf(policy, 'cuts')}($1, $2, $3, $4) AS cuts`, [
    range.from,
    range.to,
    rows,
    most,
  ]);
  return found.rows[0]?.cuts ?? [];
}

/** Count and digest of each piece of `range`; undefined where it holds more than `mostRows` rows. */
export async function digestRange(
  pool: pg.Pool,
  policy: EntityPolicy,
  range: KeyRange,
  options: { cuts: readonly string[]; horizon: string; deep: boolean; mostRows: number },
): Promise<{ held: number[]; digests: string[] } | undefined> {
  const { rows } = await pool.query<{ ordinal: number; held: number; digest: string }>(
    `SELECT ordinal, held, digest FROM ${functionOf(policy, 'digests')}($1, $2, $3, $4, $5, $6)`,
    [range.from, options.cuts, range.to, options.horizon, options.deep, options.mostRows],
  );
  if (rows[0]?.ordinal === -1) return undefined;
  const held = Array.from({ length: options.cuts.length + 1 }, () => 0);
  const digests = held.map(() => '');
  for (const row of rows) {
    held[row.ordinal] = row.held;
    digests[row.ordinal] = Buffer.from(row.digest, 'hex').toString('base64url');
  }
  return { held, digests };
}

/** What is held of keys, or of all keys of a range (then at most `mostRows` of each kind). */
export async function readStamps(
  pool: pg.Pool,
  policy: EntityPolicy,
  which: { keys: readonly string[] } | { range: KeyRange; mostRows: number },
  deep: boolean,
): Promise<HeldStamp[]> {
  const values = 'keys' in which ? [which.keys, null, null, deep, 0] : [null, which.range.from, which.range.to, deep, which.mostRows];
  const { rows } = await pool.query<HeldStamp>(
    `SELECT key, version::text, origin, state, deleted, refused::text, content, parts FROM ${functionOf(policy, 'stamps')}($1, $2, $3, $4, $5)`,
    values,
  );
  return rows;
}

/** Points at what is held of `keys`; answers how many of them there are. */
export async function pointAt(pool: pg.Pool, policy: EntityPolicy, keys: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ pointed: number }>(`SELECT ${functionOf(policy, 'point')}($1) AS pointed`, [keys]);
  return rows[0]?.pointed ?? 0;
}

/** Points at about `mostRows` of a range; `next` is where to go on. */
export async function pointAtRange(
  pool: pg.Pool,
  policy: EntityPolicy,
  range: KeyRange,
  mostRows: number,
): Promise<{ pointed: number; next: string | null }> {
  const { rows } = await pool.query<{ pointed: number; next: string | null }>(
    `SELECT pointed, next FROM ${functionOf(policy, 'point_range')}($1, $2, $3)`,
    [range.from, range.to, mostRows],
  );
  return rows[0] ?? { pointed: 0, next: null };
}

/** How this side stands, but for its queue. A lag that was reported long ago says nothing of now. */
export async function readStanding(
  pool: pg.Pool,
): Promise<{ collected: string; filling: boolean; outbox: number; oldestMs: number; lagMs: number | null; stalled: boolean }> {
  const { rows } = await pool.query<{
    collected: string;
    filling: boolean;
    outbox: number;
    oldestMs: number;
    lagMs: number | null;
    stalled: boolean;
  }>(
    `SELECT n.collected_version::text AS collected, n.filling,
       (SELECT coalesce(sum(o.size), 0) FROM sync.outbox o)::float8 AS outbox,
       (SELECT coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(o.created_at)) * 1000), 0) FROM sync.outbox o)::int8::float8 AS "oldestMs",
       (SELECT max(d.lag_ms) FILTER (WHERE d.updated_at > clock_timestamp() - interval '1 minute') FROM sync.direction d)::float8 AS "lagMs",
       EXISTS (SELECT FROM sync.direction d WHERE d.state IN ('stalled', 'paused')) AS stalled
     FROM sync.node n`,
  );
  const [standing] = rows;
  if (standing === undefined) throw new Error('this database has no region yet');
  return standing;
}
