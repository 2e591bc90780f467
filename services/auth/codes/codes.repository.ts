import { type Kysely, sql } from 'kysely';

import { type Addresses, type Contact, contactsOf } from '../contacts/contact.ts';
import { columnOf } from '../contacts/contacts.repository.ts';
import type { AuthTables } from '../tables.ts';

export interface NewChallenge {
  readonly id: string;
  readonly contact: Contact;
  /** Whose contact it is to be; null of a sign-in. */
  readonly accountId: string | null;
  readonly codeMac: Buffer;
  readonly lifetimeSeconds: number;
  /** How often it counts as tried already. */
  readonly attempts: number;
}

/** Keeps a challenge, and removes some that are long over. */
export async function insertChallenge(db: Kysely<AuthTables>, challenge: NewChallenge): Promise<void> {
  const { id, contact, accountId, codeMac, lifetimeSeconds, attempts } = challenge;
  await sql`
    INSERT INTO auth.challenge (id, ${columnOf(contact.kind)}, account_id, code_mac, attempts, expires_at)
    VALUES (${id}, ${contact.address}, ${accountId}, ${codeMac}, ${attempts}, now() + make_interval(secs => ${lifetimeSeconds}))`.execute(
    db,
  );
  await sql`
    DELETE FROM auth.challenge WHERE id IN (
      SELECT id FROM auth.challenge WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(db);
}

export interface HeldChallenge {
  readonly contact: Contact;
  readonly codeMac: Buffer;
}

/**
 * Counts an attempt at a challenge and answers what it is checked by; undefined where it is unknown, expired, used, has had `maxAttempts`, or is not that of `accountId`.
 * In a transaction the row stays locked, so attempts at the same time come one after the other.
 */
export async function countAttempt(
  db: Kysely<AuthTables>,
  { id, accountId, maxAttempts }: Pick<NewChallenge, 'id' | 'accountId'> & { readonly maxAttempts: number },
): Promise<HeldChallenge | undefined> {
  const { rows } = await sql<Addresses & { readonly code_mac: Buffer }>`
    UPDATE auth.challenge SET attempts = attempts + 1
    WHERE id = ${id} AND account_id IS NOT DISTINCT FROM ${accountId}::uuid AND used_at IS NULL AND expires_at > now() AND attempts < ${maxAttempts}
    RETURNING email, phone, code_mac`.execute(db);
  const [row] = rows;
  const [contact] = row === undefined ? [] : contactsOf(row);
  return row === undefined || contact === undefined ? undefined : { contact, codeMac: row.code_mac };
}

/** Removes a challenge whose code was not sent. */
export async function deleteChallenge(db: Kysely<AuthTables>, id: string): Promise<void> {
  await sql`DELETE FROM auth.challenge WHERE id = ${id}`.execute(db);
}

/** Ends a challenge: a code works once. */
export async function markUsed(db: Kysely<AuthTables>, id: string): Promise<void> {
  await sql`UPDATE auth.challenge SET used_at = now() WHERE id = ${id}`.execute(db);
}

/** An account that somebody has proved to be reached at, as of what it was reached by then. */
export interface ReachedAccount {
  readonly accountId: string;
  readonly contactGeneration: number;
}

/** Whoever has the contact may give it up, or vanish, between the two statements: then it is nobody's, and the next try makes an account of it. */
const ACCOUNT_TRIES = 3;

/** The account that is reached by a contact, made where there is none yet. */
export async function ensureAccount(db: Kysely<AuthTables>, id: string, { kind, address }: Contact): Promise<ReachedAccount> {
  const column = columnOf(kind);
  for (let attempt = 0; attempt < ACCOUNT_TRIES; attempt += 1) {
    await sql`INSERT INTO auth.account (id, ${column}) VALUES (${id}, ${address}) ON CONFLICT (${column}) DO NOTHING`.execute(db);
    const { rows } = await sql<ReachedAccount>`
      SELECT id AS "accountId", contact_generation AS "contactGeneration" FROM auth.account WHERE ${column} = ${address}`.execute(db);
    if (rows[0] !== undefined) return rows[0];
  }
  throw new Error('an account vanished while it was signed in');
}
