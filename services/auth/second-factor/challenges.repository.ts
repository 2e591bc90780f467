import { type Kysely, sql, type Transaction } from 'kysely';

import type { ReachedAccount } from '../codes/codes.repository.ts';
import type { AuthTables } from '../tables.ts';

/**
 * Keeps what a right code has come to, and removes some that are long over. False where the account is reached by something else by now: its row is held, so that whoever
 * changes that finds the challenge and ends it.
 */
export async function insertFactorChallenge(
  db: Kysely<AuthTables>,
  id: string,
  { accountId, contactGeneration }: ReachedAccount,
  lifetimeSeconds: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO auth.factor_challenge (id, account_id, contact_generation, expires_at)
    SELECT ${id}::uuid, a.id, a.contact_generation, now() + make_interval(secs => ${lifetimeSeconds})
    FROM auth.account a WHERE a.id = ${accountId} AND a.contact_generation = ${contactGeneration} FOR SHARE`.execute(db);
  await sql`
    DELETE FROM auth.factor_challenge WHERE id IN (
      SELECT id FROM auth.factor_challenge WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(db);
  return numAffectedRows === 1n;
}

/**
 * Ends what is open of an account's: whoever proved a contact has to prove the next one. Not one that is being answered at this moment, which may wait for the account:
 * it is of an earlier generation, and starts no session.
 */
export async function endFactorChallenges(trx: Transaction<AuthTables>, accountId: string): Promise<void> {
  await sql`
    UPDATE auth.factor_challenge SET used_at = now() WHERE id IN (
      SELECT id FROM auth.factor_challenge WHERE account_id = ${accountId} AND used_at IS NULL FOR UPDATE SKIP LOCKED
    )`.execute(trx);
}

const isOpen = (maxAttempts: number) => sql`used_at IS NULL AND expires_at > now() AND attempts < ${maxAttempts}`;

/** Whose challenge it is, where it still counts. */
export async function findFactorChallenge(db: Kysely<AuthTables>, id: string, maxAttempts: number): Promise<string | undefined> {
  const { rows } = await sql<{ account_id: string }>`
    SELECT account_id FROM auth.factor_challenge WHERE id = ${id} AND ${isOpen(maxAttempts)}`.execute(db);
  return rows[0]?.account_id;
}

/** Whose challenge it is; the release before this one gave it no generation. */
export interface AttemptedChallenge {
  readonly accountId: string;
  readonly contactGeneration: number | null;
}

/** Counts an attempt and answers whose it is; undefined where the challenge is unknown or over. Attempts at the same time come one after the other. */
export async function countFactorAttempt(
  trx: Transaction<AuthTables>,
  id: string,
  maxAttempts: number,
): Promise<AttemptedChallenge | undefined> {
  const { rows } = await sql<AttemptedChallenge>`
    UPDATE auth.factor_challenge SET attempts = attempts + 1 WHERE id = ${id} AND ${isOpen(maxAttempts)}
    RETURNING account_id AS "accountId", contact_generation AS "contactGeneration"`.execute(trx);
  return rows[0];
}

/** Ends a challenge: it is met once. */
export async function markMet(trx: Transaction<AuthTables>, id: string): Promise<void> {
  await sql`UPDATE auth.factor_challenge SET used_at = now() WHERE id = ${id}`.execute(trx);
}
