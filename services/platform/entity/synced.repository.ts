import { type Kysely, type RawBuilder, sql } from 'kysely';

/** The condition that a row is in one of the versions that an If-Match named; it stands in the WHERE of the write itself. */
export function isVersion(tags: readonly string[]): RawBuilder<boolean> {
  return sql`(t.version::text || '-' || t.origin) = ANY (${tags}::text[])`;
}

export interface Grave {
  readonly version: string;
  readonly origin: string;
}

/**
 * Deletes a row that is in one of the versions `tags`, and answers the stamp of its tombstone: `missing` where there is no such row, `stale`
 * where it is in another version.
 */
export async function deleteSynced<Tables>(
  db: Kysely<Tables>,
  table: string,
  id: string,
  tags: readonly string[],
): Promise<Grave | 'missing' | 'stale'> {
  return db.transaction().execute(async (trx) => {
    const gone = await sql`DELETE FROM ${sql.table(table)} t WHERE t.id = ${id} AND ${isVersion(tags)} RETURNING t.id`.execute(trx);
    if (gone.rows.length === 0) return (await exists(trx, table, id)) ? 'stale' : 'missing';
    return graveOf(trx, table, id);
  });
}

/** The stamp of the tombstone of a row that has just been deleted. */
export async function graveOf<Tables>(db: Kysely<Tables>, table: string, id: string): Promise<Grave> {
  const { rows } = await sql<Grave>`SELECT version, origin FROM sync.tombstone WHERE entity = ${table} AND key = ${id}`.execute(db);
  const [grave] = rows;
  if (grave === undefined) throw new Error(`deleting from ${table} left no tombstone`);
  return grave;
}

export async function exists<Tables>(db: Kysely<Tables>, table: string, id: string): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM ${sql.table(table)} t WHERE t.id = ${id}`.execute(db);
  return rows.length > 0;
}
