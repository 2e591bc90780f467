import { type Kysely, sql, type Transaction } from 'kysely';

import type { AuthTables } from '../tables.ts';

/** Keeps what a right code has come to, and removes some that are long over. */
export async function insertFactorChallenge(db: Kysely<AuthTables>, id: string, accountId: string, lifetimeSeconds: number): Promise<void> {
  await sql`
    INSERT INTO auth.factor_challenge (id, account_id, expires_at)
    VALUES (${id}, ${accountId}, now() + make_interval(secs => ${lifetimeSeconds}))`.execute(db);
  await sql`
    DELETE FROM auth.factor_challenge WHERE id IN (
      SELECT id FROM auth.factor_challenge WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(db);
}

const isOpen = (maxAttempts: number) => sql`used_at IS NULL AND expires_at > now() AND attempts < ${maxAttempts}`;

/** Whose challenge it is, where it still counts. */
export async function findFactorChallenge(db: Kysely<AuthTables>, id: string, maxAttempts: number): Promise<string | undefined> {
  const { rows } = await sql<{ account_id: string }>`
    SELECT account_id FROM auth.factor_challenge WHERE id = ${id} AND ${isOpen(maxAttempts)}`.execute(db);
  return rows[0]?.account_id;
}

/** Counts an attempt and answers whose it is; undefined where the challenge is unknown or over. Attempts at the same time come one after the other. */
export async function countFactorAttempt(trx: Transaction<AuthTables>, id: string, maxAttempts: number): Promise<string | undefined> {
  const { rows } = await sql<{ account_id: string }>`
    UPDATE auth.factor_challenge SET attempts = attempts + 1 WHERE id = ${id} AND ${isOpen(maxAttempts)} RETURNING account_id`.execute(trx);
  return rows[0]?.account_id;
}

/** Ends a challenge: it is met once. */
export async function markMet(trx: Transaction<AuthTables>, id: string): Promise<void> {
  await sql`UPDATE auth.factor_challenge SET used_at = now() WHERE id = ${id}`.execute(trx);
}
