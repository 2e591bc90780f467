import { type RawBuilder, sql, type Transaction } from 'kysely';

import { codeOf } from '#platform/errors.ts';

import type { AuthTables } from '../tables.ts';
import type { Contact } from './contact.ts';

const UNIQUE_VIOLATION = '23505';

/** The column that holds contacts of a kind, of a table that is called `alias` in the query. */
export const columnOf = (kind: Contact['kind'], alias?: string): RawBuilder<unknown> =>
  sql.ref(alias === undefined ? kind : `${alias}.${kind}`);

/**
 * Gives an account a contact, in place of the one of its kind that it had. False where another account has it, also one that has taken it at the same moment: what the
 * transaction did before that stays.
 */
export async function setContact(trx: Transaction<AuthTables>, accountId: string, { kind, address }: Contact): Promise<boolean> {
  // Asked before, for PostgreSQL quotes the address in its own log where it refuses it: that is left to those who come at the same moment.
  const { rows } = await sql`SELECT FROM auth.account WHERE ${columnOf(kind)} = ${address} AND id <> ${accountId}`.execute(trx);
  if (rows.length > 0) return false;
  await sql`SAVEPOINT contact`.execute(trx);
  try {
    await sql`UPDATE auth.account SET ${columnOf(kind)} = ${address} WHERE id = ${accountId}`.execute(trx);
  } catch (error) {
    if (codeOf(error) !== UNIQUE_VIOLATION) throw error;
    await sql`ROLLBACK TO SAVEPOINT contact`.execute(trx);
    return false;
  }
  await sql`RELEASE SAVEPOINT contact`.execute(trx);
  return true;
}

export async function clearContact(trx: Transaction<AuthTables>, accountId: string, kind: Contact['kind']): Promise<void> {
  await sql`UPDATE auth.account SET ${columnOf(kind)} = NULL WHERE id = ${accountId}`.execute(trx);
}

/** Ends the challenges of a contact that is nobody's any more; not one that is being answered at this moment, which may wait for the account. */
export async function deleteChallengesOf(trx: Transaction<AuthTables>, { kind, address }: Contact): Promise<void> {
  await sql`
    DELETE FROM auth.challenge WHERE id IN (
      SELECT id FROM auth.challenge WHERE ${columnOf(kind)} = ${address} AND account_id IS NULL FOR UPDATE SKIP LOCKED
    )`.execute(trx);
}
