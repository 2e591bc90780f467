import { type RawBuilder, sql } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { UserDb } from '../deps.ts';

const requestOf = (own: Region, accountId: string): RawBuilder<unknown> => sql`
  SELECT ${own} || '/' || l.id AS id, l.id AS person_id FROM users.linked_account a JOIN users.link l ON l.id = a.person_id
  WHERE a.account_id = ${accountId} AND l.state = 'linked'`;

/**
 * Says to the other region, by the link's number, that `own` was asked for a copy of what is held there, too. One statement: what is read of the link is what holds.
 * Nothing happens where the account is not linked, or has asked within a day.
 */
export async function askCopy(db: UserDb, own: Region, accountId: string): Promise<void> {
  await sql`
    INSERT INTO users.copy_request AS t (id, person_id, region, asked_at)
    SELECT q.id, q.person_id, ${own}, clock_timestamp() FROM (${requestOf(own, accountId)}) q
    ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at WHERE t.asked_at <= excluded.asked_at - interval '1 day'`.execute(db);
}

/** Since when the other region is asked; null where it is not, and where nobody is linked any more. */
export async function findCopyAsked(db: UserDb, own: Region, accountId: string): Promise<string | null> {
  const { rows } = await sql<{ at: string }>`
    SELECT ${instantText(sql`t.asked_at`)} AS at FROM (${requestOf(own, accountId)}) q JOIN users.copy_request t ON t.id = q.id`.execute(
    db,
  );
  return rows[0]?.at ?? null;
}
