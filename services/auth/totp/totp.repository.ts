import { type Kysely, sql, type Transaction } from 'kysely';

import type { AuthTables } from '../tables.ts';

const MOST_FAILURES = 5;
const LOCK_SECONDS = 15 * 60;

/** An authenticator app of an account. */
export interface HeldTotp {
  readonly secret: Buffer;
  readonly isConfirmed: boolean;
  /** The last time step that was taken. */
  readonly lastStep: number;
  /** Seconds until the next try counts; null where it counts now. */
  readonly lockedSeconds: number | null;
}

/** Keeps a secret that waits to be confirmed, in place of one that waited before. False where a confirmed one is there. */
export async function insertTotp(db: Kysely<AuthTables>, accountId: string, id: string, secret: Buffer): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO auth.totp AS t (account_id, id, secret) VALUES (${accountId}, ${id}, ${secret})
    ON CONFLICT (account_id) DO UPDATE SET id = excluded.id, secret = excluded.secret, created_at = excluded.created_at
    WHERE t.confirmed_at IS NULL`.execute(db);
  return numAffectedRows === 1n;
}

/** The account's app; tries at the same time come one after the other. */
export async function lockTotp(trx: Transaction<AuthTables>, accountId: string): Promise<HeldTotp | undefined> {
  const { rows } = await sql<HeldTotp>`
    SELECT secret, confirmed_at IS NOT NULL AS "isConfirmed", last_step AS "lastStep",
      CASE WHEN locked_until > now() THEN ceil(extract(epoch FROM locked_until - now()))::int END AS "lockedSeconds"
    FROM auth.totp WHERE account_id = ${accountId} FOR UPDATE`.execute(trx);
  return rows[0];
}

/** Takes a time step: neither it nor one before it is taken again. A secret that waited is confirmed by it. */
export async function takeStep(trx: Transaction<AuthTables>, accountId: string, step: number): Promise<void> {
  await sql`
    UPDATE auth.totp
    SET last_step = ${step}, failures = 0, locked_until = NULL, last_used_at = now(), confirmed_at = coalesce(confirmed_at, now())
    WHERE account_id = ${accountId}`.execute(trx);
}

/** Counts a wrong try; the fifth in a row locks the app for a quarter of an hour. */
export async function countFailure(trx: Transaction<AuthTables>, accountId: string): Promise<void> {
  await sql`
    UPDATE auth.totp SET
      failures = (failures + 1) % ${MOST_FAILURES},
      locked_until = CASE WHEN failures + 1 >= ${MOST_FAILURES} THEN now() + make_interval(secs => ${LOCK_SECONDS}) ELSE locked_until END
    WHERE account_id = ${accountId}`.execute(trx);
}
