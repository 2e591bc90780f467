import { type Kysely, sql, type Transaction } from 'kysely';

import type { AccountRole } from '#contracts/auth.ts';

import type { AuthTables } from '../tables.ts';

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly role: AccountRole;
}

/** A refresh token with what decides about it, as of the database's clock. */
export interface HeldToken {
  readonly sessionId: string;
  readonly accountId: string;
  readonly live: boolean;
  /** When the session began, in seconds since the epoch. */
  readonly signedInAt: number;
  /** Seconds since it was rotated; null while it has no successor. */
  readonly rotatedSecondsAgo: number | null;
}

export async function findAccount(db: Kysely<AuthTables>, id: string): Promise<Account | undefined> {
  return db.selectFrom('auth.account').select(['id', 'email', 'role']).where('id', '=', id).executeTakeFirst();
}

/** Starts a session (the family of its refresh tokens), and removes some that are long over. */
export async function insertSession(trx: Transaction<AuthTables>, id: string, accountId: string, lifetimeSeconds: number): Promise<void> {
  await sql`
    INSERT INTO auth.session (id, account_id, expires_at)
    VALUES (${id}, ${accountId}, now() + make_interval(secs => ${lifetimeSeconds}))`.execute(trx);
  await sql`
    DELETE FROM auth.session WHERE id IN (
      SELECT id FROM auth.session WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(trx);
}

export async function insertToken(trx: Transaction<AuthTables>, hash: Buffer, sessionId: string, idleSeconds: number): Promise<void> {
  await sql`
    INSERT INTO auth.refresh_token (hash, session_id, expires_at)
    VALUES (${hash}, ${sessionId}, now() + make_interval(secs => ${idleSeconds}))`.execute(trx);
}

/** The token with `hash`, locked together with its session: of two that use it at the same time, the second sees what the first did. */
export async function lockToken(trx: Transaction<AuthTables>, hash: Buffer): Promise<HeldToken | undefined> {
  const { rows } = await sql<{
    session_id: string;
    account_id: string;
    live: boolean;
    signed_in_at: number;
    rotated_seconds_ago: number | null;
  }>`
    SELECT t.session_id, s.account_id,
      s.revoked_at IS NULL AND s.expires_at > now() AND t.expires_at > now() AS live,
      floor(date_part('epoch', s.created_at)) AS signed_in_at,
      date_part('epoch', clock_timestamp() - t.rotated_at) AS rotated_seconds_ago
    FROM auth.refresh_token t JOIN auth.session s ON s.id = t.session_id
    WHERE t.hash = ${hash}
    FOR UPDATE`.execute(trx);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    sessionId: row.session_id,
    accountId: row.account_id,
    live: row.live,
    signedInAt: row.signed_in_at,
    rotatedSecondsAgo: row.rotated_seconds_ago,
  };
}

export async function markRotated(trx: Transaction<AuthTables>, hash: Buffer): Promise<void> {
  await sql`UPDATE auth.refresh_token SET rotated_at = clock_timestamp() WHERE hash = ${hash}`.execute(trx);
}

/** Whether the successor that a rotated token stands for is one that was given out. */
export async function hasToken(trx: Transaction<AuthTables>, hash: Buffer): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM auth.refresh_token WHERE hash = ${hash}`.execute(trx);
  return rows.length > 0;
}

/** Ends a session with all its tokens; one that has ended stays as it is. */
export async function revokeSession(db: Kysely<AuthTables>, sessionId: string, reason: 'sign-out' | 'reuse'): Promise<void> {
  await sql`UPDATE auth.session SET revoked_at = now(), revoked_for = ${reason} WHERE id = ${sessionId} AND revoked_at IS NULL`.execute(db);
}
