import { type RawBuilder, sql } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { UserDb, UserTransaction } from '../deps.ts';

/** The link that an account is tied to. One that has ended ties nobody. */
export interface LinkRow {
  readonly id: string;
  readonly home_region: Region;
  readonly state: 'offered' | 'linked';
  readonly code_expires_at: string | null;
}

const columns = sql`t.id, t.home_region, t.state, ${instantText(sql`t.code_expires_at`)} AS code_expires_at`;

export async function findLinkOf(db: UserDb, accountId: string): Promise<LinkRow | undefined> {
  const { rows } = await sql<LinkRow>`
    SELECT ${columns} FROM users.linked_account a JOIN users.link t ON t.id = a.person_id
    WHERE a.account_id = ${accountId} AND t.state IN ('offered', 'linked')`.execute(db);
  return rows[0];
}

export async function hasConsent(db: UserDb, accountId: string): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`SELECT users.consents_to(${accountId}, 'cross_border') AS has`.execute(db);
  return rows[0]?.has === true;
}

const endOf = (lifetimeSeconds: number): RawBuilder<string> => sql`clock_timestamp() + make_interval(secs => ${lifetimeSeconds})`;

/** A new link that waits for its code to be claimed. */
export async function insertOffer(
  trx: UserTransaction,
  offer: { readonly id: string; readonly home: Region; readonly codeHash: string; readonly lifetimeSeconds: number },
): Promise<LinkRow> {
  const { rows } = await sql<LinkRow>`
    INSERT INTO users.link AS t (id, home_region, state, code_hash, code_expires_at)
    VALUES (${offer.id}, ${offer.home}, 'offered', ${offer.codeHash}, ${endOf(offer.lifetimeSeconds)})
    RETURNING ${columns}`.execute(trx);
  return written(rows);
}

/** Gives an offer another code; undefined where it is none any more. */
export async function renewOffer(
  trx: UserTransaction,
  id: string,
  codeHash: string,
  lifetimeSeconds: number,
): Promise<LinkRow | undefined> {
  const { rows } = await sql<LinkRow>`
    UPDATE users.link t SET code_hash = ${codeHash}, code_expires_at = ${endOf(lifetimeSeconds)}
    WHERE t.id = ${id} AND t.state = 'offered' RETURNING ${columns}`.execute(trx);
  return rows[0];
}

/** Takes up the offer of another region that has this code, of which nothing is kept; undefined where there is none, or its time is over. */
export async function takeOffer(trx: UserTransaction, own: Region, codeHash: string): Promise<LinkRow | undefined> {
  const { rows } = await sql<LinkRow>`
    UPDATE users.link t SET state = 'linked', code_hash = NULL, code_expires_at = NULL
    WHERE t.code_hash = ${codeHash} AND t.state = 'offered' AND t.code_expires_at > clock_timestamp() AND t.home_region <> ${own}
    RETURNING ${columns}`.execute(trx);
  return rows[0];
}

export async function tieAccount(trx: UserTransaction, accountId: string, personId: string): Promise<void> {
  await sql`INSERT INTO users.linked_account (account_id, person_id) VALUES (${accountId}, ${personId})`.execute(trx);
}

/** Ends the link of an account in both regions; nothing happens where there is none. */
export async function endLinkOf(db: UserDb, accountId: string): Promise<void> {
  await sql`SELECT users.end_link(${accountId})`.execute(db);
}

/** Takes a link that has ended further: whoever is tied to it in the other region is erased there. */
export async function eraseLink(trx: UserTransaction, id: string): Promise<void> {
  await sql`UPDATE users.link t SET state = 'erased' WHERE t.id = ${id}`.execute(trx);
}

function written(rows: readonly LinkRow[]): LinkRow {
  const row = rows[0];
  if (row === undefined) throw new Error('a link vanished while it was written');
  return row;
}
