import { type Kysely, sql } from 'kysely';

import type { AuthTables } from '../tables.ts';

export interface NewChallenge {
  readonly id: string;
  readonly email: string;
  readonly codeMac: Buffer;
  readonly lifetimeSeconds: number;
}

/** Keeps a challenge, and removes some that are long over. */
export async function insertChallenge(db: Kysely<AuthTables>, challenge: NewChallenge): Promise<void> {
  await sql`
    INSERT INTO auth.challenge (id, email, code_mac, expires_at)
    VALUES (${challenge.id}, ${challenge.email}, ${challenge.codeMac}, now() + make_interval(secs => ${challenge.lifetimeSeconds}))`.execute(
    db,
  );
  await sql`
    DELETE FROM auth.challenge WHERE id IN (
      SELECT id FROM auth.challenge WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(db);
}

/**
 * Counts an attempt at a challenge and answers what it is checked by; undefined where it is unknown, expired, used, or has had `maxAttempts`.
 * In a transaction the row stays locked, so attempts at the same time come one after the other.
 */
export async function countAttempt(
  db: Kysely<AuthTables>,
  id: string,
  maxAttempts: number,
): Promise<{ email: string; codeMac: Buffer } | undefined> {
  const { rows } = await sql<{ email: string; code_mac: Buffer }>`
    UPDATE auth.challenge SET attempts = attempts + 1
    WHERE id = ${id} AND used_at IS NULL AND expires_at > now() AND attempts < ${maxAttempts}
    RETURNING email, code_mac`.execute(db);
  const row = rows[0];
  return row === undefined ? undefined : { email: row.email, codeMac: row.code_mac };
}

/** Ends a challenge: a code works once. */
export async function markUsed(db: Kysely<AuthTables>, id: string): Promise<void> {
  await sql`UPDATE auth.challenge SET used_at = now() WHERE id = ${id}`.execute(db);
}

/** The account of `email`, made where there is none yet. */
export async function ensureAccount(db: Kysely<AuthTables>, id: string, email: string): Promise<string> {
  await sql`INSERT INTO auth.account (id, email) VALUES (${id}, ${email}) ON CONFLICT (email) DO NOTHING`.execute(db);
  const { rows } = await sql<{ id: string }>`SELECT id FROM auth.account WHERE email = ${email}`.execute(db);
  const row = rows[0];
  if (row === undefined) throw new Error('an account vanished while it was signed in');
  return row.id;
}
