import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';

import type { AccountRole } from '#contracts/auth.ts';
import type { FactorKind } from '#contracts/factors.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { Addresses } from '../contacts/contact.ts';
import type { AuthTables } from '../tables.ts';

/** Which factors an account has, for a query in which its id is `id`. */
export const factorColumns = (id: RawBuilder<unknown>) => sql`
  EXISTS (SELECT FROM auth.totp f WHERE f.account_id = ${id} AND f.confirmed_at IS NOT NULL) AS "hasTotp",
  EXISTS (SELECT FROM auth.passkey f WHERE f.account_id = ${id}) AS "hasPasskey"`;

/** What decides whether an account is asked for a second factor. */
export interface FactorState extends Addresses {
  /** What was given to the account; the staff list is not asked. */
  readonly role: AccountRole;
  readonly hasTotp: boolean;
  readonly hasPasskey: boolean;
}

export async function findFactorState(db: Kysely<AuthTables>, accountId: string): Promise<FactorState | undefined> {
  const { rows } = await sql<FactorState>`
    SELECT a.email, a.phone, a.role, ${factorColumns(sql`a.id`)} FROM auth.account a WHERE a.id = ${accountId}`.execute(db);
  return rows[0];
}

export interface FactorRow {
  readonly id: string;
  readonly kind: FactorKind;
  readonly label: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** The factors of an account, in the order in which they were added. */
export async function selectFactors(db: Kysely<AuthTables>, accountId: string): Promise<readonly FactorRow[]> {
  const columns = sql`${instantText(sql`f.created_at`)} AS created_at, ${instantText(sql`f.last_used_at`)} AS last_used_at`;
  const { rows } = await sql<FactorRow>`
    SELECT f.id, 'totp' AS kind, 'Authenticator app' AS label, ${columns} FROM auth.totp f
    WHERE f.account_id = ${accountId} AND f.confirmed_at IS NOT NULL
    UNION ALL
    SELECT f.id, 'passkey', f.label, ${columns} FROM auth.passkey f WHERE f.account_id = ${accountId}
    ORDER BY created_at, id`.execute(db);
  return rows;
}

/**
 * Removes one factor of an account, or all; answers the kinds of what was removed. Where none is left, no session has proved one. Who has proved one and has no session yet
 * gets none: that counts as a contact that is replaced does.
 */
export async function deleteFactors(
  trx: Transaction<AuthTables>,
  accountId: string,
  which: { readonly only: string } | 'all',
): Promise<readonly FactorKind[]> {
  await sql`UPDATE auth.account SET contact_generation = contact_generation + 1 WHERE id = ${accountId}`.execute(trx);
  const chosen = which === 'all' ? sql`true` : sql`id = ${which.only}`;
  const { rows } = await sql<{ kind: FactorKind }>`
    WITH apps AS (DELETE FROM auth.totp WHERE account_id = ${accountId} AND confirmed_at IS NOT NULL AND ${chosen} RETURNING id),
      keys AS (DELETE FROM auth.passkey WHERE account_id = ${accountId} AND ${chosen} RETURNING id)
    SELECT 'totp' AS kind FROM apps UNION ALL SELECT 'passkey' FROM keys`.execute(trx);
  await sql`
    UPDATE auth.session SET factor_at = NULL
    WHERE account_id = ${accountId} AND factor_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM auth.totp f WHERE f.account_id = ${accountId} AND f.confirmed_at IS NOT NULL)
      AND NOT EXISTS (SELECT FROM auth.passkey f WHERE f.account_id = ${accountId})`.execute(trx);
  return rows.map(({ kind }) => kind);
}

/** The session has proved a second factor just now. */
export async function markProved(trx: Transaction<AuthTables>, sessionId: string): Promise<void> {
  await sql`UPDATE auth.session SET factor_at = now() WHERE id = ${sessionId}`.execute(trx);
}
