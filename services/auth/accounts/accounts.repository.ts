import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';

import type { AccountChange } from '#contracts/accounts.ts';
import type { AccountRole } from '#contracts/auth.ts';
import { instantText, selectPage } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { Contact } from '../contacts/contact.ts';
import { columnOf } from '../contacts/contacts.repository.ts';
import type { AuthTables } from '../tables.ts';

export interface AccountRow {
  readonly id: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly role: AccountRole;
  readonly disabled: boolean;
  readonly created_at: string;
}

const columns = sql`t.id, t.email, t.phone, t.role, t.disabled_at IS NOT NULL AS disabled, ${instantText(sql`t.created_at`)} AS created_at`;

export async function selectAccounts(db: Kysely<AuthTables>, role: AccountRole | undefined, order: Order) {
  return selectPage<AccountRow, AuthTables>(db, {
    table: 'auth.account',
    columns,
    filters: role === undefined ? [] : [sql`t.role = ${role}`],
    sort: { expression: sql`t.created_at`, type: 'timestamptz' },
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

export async function findAccountRow(db: Kysely<AuthTables>, id: string): Promise<AccountRow | undefined> {
  const { rows } = await sql<AccountRow>`SELECT ${columns} FROM auth.account t WHERE t.id = ${id}`.execute(db);
  return rows[0];
}

export async function findAccountByContact(db: Kysely<AuthTables>, { kind, address }: Contact): Promise<AccountRow | undefined> {
  const { rows } = await sql<AccountRow>`SELECT ${columns} FROM auth.account t WHERE ${columnOf(kind, 't')} = ${address}`.execute(db);
  return rows[0];
}

/** The account as it is, which nobody else changes until the transaction is over. */
export async function lockAccount(trx: Transaction<AuthTables>, id: string): Promise<AccountRow | undefined> {
  const { rows } = await sql<AccountRow>`SELECT ${columns} FROM auth.account t WHERE t.id = ${id} FOR NO KEY UPDATE`.execute(trx);
  return rows[0];
}

export async function updateAccount(trx: Transaction<AuthTables>, id: string, { role, disabled }: AccountChange): Promise<void> {
  const assignments: RawBuilder<unknown>[] = [];
  if (role !== undefined) assignments.push(sql`role = ${role}`);
  if (disabled !== undefined) assignments.push(sql`disabled_at = ${disabled ? sql`coalesce(disabled_at, now())` : null}`);
  await sql`UPDATE auth.account SET ${sql.join(assignments)} WHERE id = ${id}`.execute(trx);
}

/** Makes accounts for the addresses that have none; answers the ids of those that were made. The addresses are sorted and each is there once. */
export async function insertAccounts(trx: Transaction<AuthTables>, emails: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO auth.account (id, email) SELECT gen_random_uuid(), e FROM unnest(${emails}::text[]) WITH ORDINALITY AS u(e, position) ORDER BY position
    ON CONFLICT (email) DO NOTHING RETURNING id`.execute(trx);
  return rows.map(({ id }) => id);
}

export async function selectAccountIds(trx: Transaction<AuthTables>, emails: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{
    id: string;
    email: string;
  }>`SELECT id, email FROM auth.account WHERE email = ANY (${emails}::text[])`.execute(trx);
  return new Map(rows.map(({ id, email }) => [email, id]));
}
