import { sql } from 'kysely';

import type { ChineseAddress, PostalAddress, WesternAddress } from '#contracts/user.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { UserDb, UserTransaction } from '../deps.ts';

export interface AddressRow {
  readonly id: string;
  readonly is_default: boolean;
  readonly created_at: string;
  readonly version: number;
  readonly postal: PostalAddress;
}

const columns = sql`t.id, t.is_default, ${instantText(sql`t.created_at`)} AS created_at, t.version, users.postal_address(t) AS postal`;

/** Of one account, the oldest first. */
export async function selectAddresses(db: UserDb, accountId: string): Promise<AddressRow[]> {
  const { rows } = await sql<AddressRow>`SELECT ${columns} FROM users.address t WHERE t.account_id = ${accountId} ORDER BY t.id`.execute(
    db,
  );
  return rows;
}

export async function findAddress(db: UserDb, accountId: string, id: string): Promise<AddressRow | undefined> {
  const { rows } = await sql<AddressRow>`
    SELECT ${columns} FROM users.address t WHERE t.id = ${id} AND t.account_id = ${accountId}`.execute(db);
  return rows[0];
}

export async function countAddresses(trx: UserTransaction, accountId: string): Promise<number> {
  const { rows } = await sql<{ held: number }>`SELECT count(*)::int AS held FROM users.address WHERE account_id = ${accountId}`.execute(
    trx,
  );
  return rows[0]?.held ?? 0;
}

/** Takes the default from whichever address of the account has it, so that another may have it. */
export async function clearDefault(trx: UserTransaction, accountId: string): Promise<void> {
  await sql`UPDATE users.address SET is_default = false, version = version + 1 WHERE account_id = ${accountId} AND is_default`.execute(trx);
}

type FormColumns = Omit<WesternAddress, 'form'> & Omit<ChineseAddress, 'form' | 'country' | 'postcode'>;

/** The columns that only one form has, with those of the other form empty. */
function columnsOf(postal: PostalAddress): { readonly [Column in keyof FormColumns]: FormColumns[Column] | null } {
  const none = { lines: null, region: null, province: null, district: null, street: null, detail: null };
  const { form: _form, ...own } = postal;
  return { ...none, ...own };
}

export async function insertAddress(
  trx: UserTransaction,
  address: { readonly id: string; readonly accountId: string; readonly isDefault: boolean; readonly postal: PostalAddress },
): Promise<AddressRow> {
  const { id, accountId, isDefault, postal } = address;
  const of = columnsOf(postal);
  const { rows } = await sql<AddressRow>`
    INSERT INTO users.address AS t (id, account_id, is_default, form, recipient, phone, country, lines, province, city, district, street, detail, region, postcode)
    VALUES (${id}, ${accountId}, ${isDefault}, ${postal.form}, ${of.recipient}, ${of.phone}, ${of.country}, ${of.lines}, ${of.province},
      ${of.city}, ${of.district}, ${of.street}, ${of.detail}, ${of.region}, ${of.postcode})
    RETURNING ${columns}`.execute(trx);
  return written(rows);
}

/** Puts another content into an address that the transaction has found. */
export async function replaceAddress(trx: UserTransaction, id: string, isDefault: boolean, postal: PostalAddress): Promise<AddressRow> {
  const of = columnsOf(postal);
  const { rows } = await sql<AddressRow>`
    UPDATE users.address t SET version = t.version + 1, changed_at = clock_timestamp(), is_default = ${isDefault}, form = ${postal.form}, recipient = ${of.recipient},
      phone = ${of.phone}, country = ${of.country}, lines = ${of.lines}, province = ${of.province}, city = ${of.city}, district = ${of.district},
      street = ${of.street}, detail = ${of.detail}, region = ${of.region}, postcode = ${of.postcode}
    WHERE t.id = ${id} RETURNING ${columns}`.execute(trx);
  return written(rows);
}

export async function deleteAddress(trx: UserTransaction, id: string): Promise<void> {
  await sql`DELETE FROM users.address WHERE id = ${id}`.execute(trx);
}

/** Makes that address of the account the default which was made or changed last, of an account that has none. */
export async function defaultToLatest(trx: UserTransaction, accountId: string): Promise<void> {
  await sql`
    UPDATE users.address SET is_default = true, version = version + 1
    WHERE id = (
      SELECT t.id FROM users.address t WHERE t.account_id = ${accountId} ORDER BY coalesce(t.changed_at, t.created_at) DESC, t.id DESC LIMIT 1
    )`.execute(trx);
}

function written(rows: readonly AddressRow[]): AddressRow {
  const row = rows[0];
  if (row === undefined) throw new Error('an address vanished while it was written');
  return row;
}
