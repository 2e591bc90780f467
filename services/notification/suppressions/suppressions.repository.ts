import { sql } from 'kysely';

import type { SuppressionReason } from '#contracts/notification.ts';
import { instantText, selectPage, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { NotificationDb } from '../deps.ts';

export interface SuppressionRow {
  readonly id: string;
  readonly address_digest: string;
  readonly reason: SuppressionReason;
  readonly at: string;
}

const columns = sql`t.id, encode(t.address_digest, 'hex') AS address_digest, t.reason, ${instantText(sql`t.at`)} AS at`;
const byAge: SortKey = { expression: sql`t.at`, type: 'timestamptz' };
export const suppressionSortType = (): SortKey['type'] => byAge.type;

export async function selectSuppressions(db: NotificationDb, order: Order) {
  return selectPage<SuppressionRow>(db, {
    table: 'notification.suppression',
    columns,
    filters: [],
    sort: byAge,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}

export async function findSuppression(db: NotificationDb, digest: Buffer): Promise<SuppressionRow | undefined> {
  const { rows } = await sql<SuppressionRow>`SELECT ${columns} FROM notification.suppression t WHERE t.address_digest = ${digest}`.execute(
    db,
  );
  return rows[0];
}

/**
 * Of what is told of one address the latest counts; told again, it is no news, and of what was lifted only what has come about since is. What is told of the future is of
 * now: nothing true would be later.
 */
export async function putSuppression(db: NotificationDb, id: string, digest: Buffer, reason: SuppressionReason, at: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      INSERT INTO notification.suppression AS t (id, address_digest, reason, at) VALUES (${id}, ${digest}, ${reason}, least(${at}::timestamptz, clock_timestamp()))
      ON CONFLICT (address_digest) DO UPDATE SET reason = excluded.reason, at = excluded.at WHERE t.at < excluded.at`.execute(trx);
    // By a statement of its own: the insertion may have waited for a lifting, which it has not seen.
    await sql`
      DELETE FROM notification.suppression t USING notification.lifted_suppression l
      WHERE t.address_digest = ${digest} AND l.address_digest = t.address_digest AND t.at <= l.at`.execute(trx);
  });
}

/** Takes a suppression away and keeps when that was, in one step. False where there is none. */
export async function deleteSuppression(db: NotificationDb, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    WITH gone AS (DELETE FROM notification.suppression WHERE id = ${id} RETURNING address_digest)
    INSERT INTO notification.lifted_suppression AS l (address_digest, at) SELECT address_digest, clock_timestamp() FROM gone
    ON CONFLICT (address_digest) DO UPDATE SET at = excluded.at`.execute(db);
  return numAffectedRows === 1n;
}
