import { type RawBuilder, sql } from 'kysely';

import type { Language, ProfileChange } from '#contracts/user.ts';
import { instantText, selectPage, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { UserDb, UserTransaction } from '../deps.ts';

export interface ProfileRow {
  readonly account_id: string;
  readonly name: string | null;
  readonly language: Language;
  readonly created_at: string;
  readonly version: number;
}

const columns = sql`t.account_id, t.name, t.language, ${instantText(sql`t.created_at`)} AS created_at, t.version`;

const byName: SortKey = { expression: sql`coalesce(t.name, '')`, type: 'text' };
const sortKeys: Readonly<Record<string, SortKey>> = { createdAt: { expression: sql`t.created_at`, type: 'timestamptz' } };
export const profileSortType = (name: string): SortKey['type'] => (sortKeys[name] ?? byName).type;

/** Text for LIKE in which `%`, `_` and `\` stand for themselves. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

export async function selectProfiles(db: UserDb, { name }: { readonly name?: string }, order: Order) {
  return selectPage<ProfileRow>(db, {
    table: 'users.profile',
    key: [{ expression: sql`t.account_id`, type: 'uuid' }],
    columns: sql`t.account_id AS id, ${columns}`,
    filters: name === undefined ? [] : [sql`lower(t.name) LIKE lower(${literally(name)}) || '%'`],
    sort: sortKeys[order.name] ?? byName,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

export async function findProfile(db: UserDb, accountId: string): Promise<ProfileRow | undefined> {
  const { rows } = await sql<ProfileRow>`SELECT ${columns} FROM users.profile t WHERE t.account_id = ${accountId}`.execute(db);
  return rows[0];
}

export async function insertProfile(db: UserDb, accountId: string, language: Language): Promise<void> {
  await sql`INSERT INTO users.profile (account_id, language) VALUES (${accountId}, ${language}) ON CONFLICT DO NOTHING`.execute(db);
}

/** Holds the profile until the transaction ends: what is counted or chosen of one account is so by one at a time. */
export async function lockProfile(trx: UserTransaction, accountId: string): Promise<ProfileRow | undefined> {
  const { rows } = await sql<ProfileRow>`
    SELECT ${columns} FROM users.profile t WHERE t.account_id = ${accountId} FOR NO KEY UPDATE`.execute(trx);
  return rows[0];
}

/** Changes a profile that the transaction holds. */
export async function updateProfile(trx: UserTransaction, accountId: string, change: ProfileChange): Promise<ProfileRow> {
  const assignments: RawBuilder<unknown>[] = [sql`version = t.version + 1`];
  if (change.name !== undefined) assignments.push(sql`name = ${change.name}`);
  if (change.language !== undefined) assignments.push(sql`language = ${change.language}`);
  const { rows } = await sql<ProfileRow>`
    UPDATE users.profile t SET ${sql.join(assignments)} WHERE t.account_id = ${accountId} RETURNING ${columns}`.execute(trx);
  const row = rows[0];
  if (row === undefined) throw new Error('a profile that was held is gone');
  return row;
}
