import { type Kysely, sql } from 'kysely';

import type { AuthTables } from '../tables.ts';

/**
 * Counts a hit in `bucket`, whose window starts with its first hit. Answers how many hits the window has had, this one included, and how
 * many seconds it still lasts. One statement, so that hits at the same time are all counted.
 */
export async function hit(db: Kysely<AuthTables>, bucket: string, windowSeconds: number): Promise<{ hits: number; secondsLeft: number }> {
  const { rows } = await sql<{ hits: number; seconds_left: number }>`
    INSERT INTO auth.throttle AS t (bucket, hits, ends_at)
    VALUES (${bucket}, 1, now() + make_interval(secs => ${windowSeconds}))
    ON CONFLICT (bucket) DO UPDATE SET
      hits = CASE WHEN t.ends_at <= now() THEN 1 ELSE t.hits + 1 END,
      ends_at = CASE WHEN t.ends_at <= now() THEN excluded.ends_at ELSE t.ends_at END
    RETURNING hits, ceil(extract(epoch FROM ends_at - now()))::int AS seconds_left`.execute(db);
  const row = rows[0];
  if (row === undefined) throw new Error('an upsert answered no row');
  return { hits: row.hits, secondsLeft: row.seconds_left };
}

/** Removes some windows that are over. Called along with requests, so that the table needs no job of its own. */
export async function forgetOldWindows(db: Kysely<AuthTables>): Promise<void> {
  await sql`
    DELETE FROM auth.throttle WHERE bucket IN (
      SELECT bucket FROM auth.throttle WHERE ends_at < now() ORDER BY ends_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(db);
}
