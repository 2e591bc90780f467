import { type Kysely, sql, type Transaction } from 'kysely';

import type { AuthTables } from '../tables.ts';

/** What a passkey is asked to sign for. */
export type Purpose =
  | { readonly purpose: 'register'; readonly accountId: string }
  | { readonly purpose: 'sign-in' }
  | { readonly purpose: 'second-factor'; readonly accountId: string; readonly factorChallengeId: string };

/** Keeps a challenge, and removes some that are long over. */
export async function insertCeremony(db: Kysely<AuthTables>, challenge: Buffer, purpose: Purpose, lifetimeSeconds: number): Promise<void> {
  const accountId = 'accountId' in purpose ? purpose.accountId : null;
  const factorChallengeId = 'factorChallengeId' in purpose ? purpose.factorChallengeId : null;
  await sql`
    INSERT INTO auth.ceremony (challenge, purpose, account_id, factor_challenge_id, expires_at)
    VALUES (${challenge}, ${purpose.purpose}, ${accountId}, ${factorChallengeId}, now() + make_interval(secs => ${lifetimeSeconds}))`.execute(
    db,
  );
  await sql`
    DELETE FROM auth.ceremony WHERE challenge IN (
      SELECT challenge FROM auth.ceremony WHERE expires_at < now() ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(db);
}

/**
 * Takes a challenge away, whatever comes of it: it is signed once. Somebody else's is left where it is. False where it is unknown, over, or was for something
 * else.
 */
export async function takeCeremony(trx: Transaction<AuthTables>, challenge: Buffer, purpose: Purpose): Promise<boolean> {
  const accountId = 'accountId' in purpose ? purpose.accountId : null;
  const factorChallengeId = 'factorChallengeId' in purpose ? purpose.factorChallengeId : null;
  const { rows } = await sql<{ fits: boolean }>`
    DELETE FROM auth.ceremony WHERE challenge = ${challenge} AND account_id IS NOT DISTINCT FROM ${accountId}::uuid
    RETURNING expires_at > now() AND purpose = ${purpose.purpose}
      AND factor_challenge_id IS NOT DISTINCT FROM ${factorChallengeId}::uuid AS fits`.execute(trx);
  return rows[0]?.fits === true;
}
