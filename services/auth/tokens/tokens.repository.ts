import { type Kysely, sql, type Transaction } from 'kysely';

import type { AuthTables, SessionEnd } from '../tables.ts';

/** A refresh token with what decides about it, as of the database's clock. */
export interface HeldToken {
  readonly sessionId: string;
  readonly accountId: string;
  readonly live: boolean;
  /** Seconds since it was rotated; null while it has no successor. */
  readonly rotatedSecondsAgo: number | null;
}

export interface NewSession {
  readonly id: string;
  readonly accountId: string;
  /** Which contacts of the account were proved on the way; undefined where none was. */
  readonly contactGeneration: number | undefined;
  readonly device: string;
  /** Whether a second factor was proved on the way. */
  readonly proved: boolean;
  readonly lifetimeSeconds: number;
}

/**
 * Starts a session (the family of its refresh tokens), and removes some that are long over. False where the account is disabled, or gone, or reached by something else
 * than was proved: its row is held, so that one that is being disabled, or whose contact is being changed, gets no session that outlives that.
 */
export async function insertSession(
  trx: Transaction<AuthTables>,
  { id, accountId, contactGeneration, device, proved, lifetimeSeconds }: NewSession,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO auth.session (id, account_id, device, factor_at, expires_at)
    SELECT ${id}::uuid, a.id, ${device}, CASE WHEN ${proved} THEN now() END, now() + make_interval(secs => ${lifetimeSeconds})
    FROM auth.account a WHERE a.id = ${accountId} AND a.disabled_at IS NULL
      AND a.contact_generation = coalesce(${contactGeneration ?? null}::int, a.contact_generation)
    FOR SHARE`.execute(trx);
  if (numAffectedRows !== 1n) return false;
  await sql`
    DELETE FROM auth.session WHERE id IN (
      SELECT id FROM auth.session WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(trx);
  return true;
}

export async function insertToken(trx: Transaction<AuthTables>, hash: Buffer, sessionId: string, idleSeconds: number): Promise<void> {
  await sql`
    INSERT INTO auth.refresh_token (hash, session_id, expires_at)
    VALUES (${hash}, ${sessionId}, now() + make_interval(secs => ${idleSeconds}))`.execute(trx);
}

/** The token with `hash`, locked together with its session: of two that use it at the same time, the second sees what the first did. */
export async function lockToken(trx: Transaction<AuthTables>, hash: Buffer): Promise<HeldToken | undefined> {
  const { rows } = await sql<{ session_id: string; account_id: string; live: boolean; rotated_seconds_ago: number | null }>`
    SELECT t.session_id, s.account_id,
      s.revoked_at IS NULL AND s.expires_at > now() AND t.expires_at > now() AS live,
      date_part('epoch', clock_timestamp() - t.rotated_at) AS rotated_seconds_ago
    FROM auth.refresh_token t JOIN auth.session s ON s.id = t.session_id
    WHERE t.hash = ${hash}
    FOR UPDATE`.execute(trx);
  const row = rows[0];
  if (row === undefined) return undefined;
  return { sessionId: row.session_id, accountId: row.account_id, live: row.live, rotatedSecondsAgo: row.rotated_seconds_ago };
}

/** The token has a successor from now on; that is when its session was used last. */
export async function markRotated(trx: Transaction<AuthTables>, hash: Buffer, sessionId: string): Promise<void> {
  await sql`UPDATE auth.refresh_token SET rotated_at = clock_timestamp() WHERE hash = ${hash}`.execute(trx);
  await sql`UPDATE auth.session SET last_used_at = clock_timestamp() WHERE id = ${sessionId}`.execute(trx);
}

/** Whether the successor that a rotated token stands for is one that was given out. */
export async function hasToken(trx: Transaction<AuthTables>, hash: Buffer): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM auth.refresh_token WHERE hash = ${hash}`.execute(trx);
  return rows.length > 0;
}

/** Ends a session with all its tokens; one that has ended stays as it is: false. */
export async function revokeSession(db: Kysely<AuthTables>, sessionId: string, reason: SessionEnd): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE auth.session SET revoked_at = now(), revoked_for = ${reason} WHERE id = ${sessionId} AND revoked_at IS NULL`.execute(db);
  return numAffectedRows === 1n;
}

/** Ends every session of an account. */
export async function revokeSessions(db: Kysely<AuthTables>, accountId: string, reason: SessionEnd): Promise<void> {
  await sql`
    UPDATE auth.session SET revoked_at = now(), revoked_for = ${reason} WHERE account_id = ${accountId} AND revoked_at IS NULL`.execute(db);
}
