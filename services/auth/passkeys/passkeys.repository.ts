import { type Kysely, sql, type Transaction } from 'kysely';

import type { FactorRow } from '../factors/factors.repository.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { AuthTables } from '../tables.ts';

/** How a passkey is named to a browser. */
export interface PasskeyName {
  readonly credentialId: Buffer;
  readonly transports: string[];
}

export async function selectPasskeyNames(db: Kysely<AuthTables>, accountId: string): Promise<readonly PasskeyName[]> {
  const { rows } = await sql<PasskeyName>`
    SELECT credential_id AS "credentialId", transports FROM auth.passkey WHERE account_id = ${accountId} ORDER BY created_at`.execute(db);
  return rows;
}

export interface HeldPasskey extends PasskeyName {
  readonly id: string;
  readonly accountId: string;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly contactGeneration: number;
}

/** The passkey with a credential id; assertions at the same time are checked one after the other, each against the counter that the one before has left. */
export async function lockPasskey(trx: Transaction<AuthTables>, credentialId: Buffer): Promise<HeldPasskey | undefined> {
  const { rows } = await sql<Omit<HeldPasskey, 'counter'> & { readonly counter: string }>`
    SELECT p.id, p.account_id AS "accountId", p.credential_id AS "credentialId", p.public_key AS "publicKey", p.counter, p.transports,
      a.contact_generation AS "contactGeneration"
    FROM auth.passkey p JOIN auth.account a ON a.id = p.account_id WHERE p.credential_id = ${credentialId} FOR UPDATE OF p`.execute(trx);
  const row = rows[0];
  return row === undefined ? undefined : { ...row, counter: Number(row.counter) };
}

export async function markPasskeyUsed(trx: Transaction<AuthTables>, id: string, counter: number): Promise<void> {
  await sql`UPDATE auth.passkey SET counter = ${counter}, last_used_at = now() WHERE id = ${id}`.execute(trx);
}

export type NewPasskey = Omit<HeldPasskey, 'id' | 'contactGeneration'> & { readonly id: string; readonly label: string };

/** Undefined where the credential is known already, to whomever it belongs. */
export async function insertPasskey(trx: Transaction<AuthTables>, passkey: NewPasskey): Promise<FactorRow | undefined> {
  const { rows } = await sql<FactorRow>`
    INSERT INTO auth.passkey AS t (id, account_id, credential_id, public_key, counter, transports, label)
    VALUES (${passkey.id}, ${passkey.accountId}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.counter}, ${passkey.transports}, ${passkey.label})
    ON CONFLICT (credential_id) DO NOTHING
    RETURNING t.id, 'passkey' AS kind, t.label, ${instantText(sql`t.created_at`)} AS created_at, NULL AS last_used_at`.execute(trx);
  return rows[0];
}
