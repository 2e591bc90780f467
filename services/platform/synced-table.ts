import { type Kysely, sql } from 'kysely';

import { crossingColumns, type EntityPolicy } from '#contracts/sync-policy.ts';

/**
 * The one call by which a migration makes its table synced: adds the stamp columns, stamps the rows already there, installs triggers and the
 * functions by which sync reads and applies exactly the columns that `policy` lets cross. To be called again after a change of the policy or of
 * the table's columns, also of those that stay home: it rebuilds them.
 * Throws what the database has against the policy: a column that is not there, a key that orders differently elsewhere.
 */
export async function makeSynced<Tables>(db: Kysely<Tables>, policy: EntityPolicy): Promise<void> {
  const { entity, key, parents, merge, uniques = [] } = policy;
  const declared = { entity, key, crossing: crossingColumns(policy), parents, merge, uniques };
  await sql`SELECT sync.make_synced(${JSON.stringify(declared)}::jsonb)`.execute(db);
}

/**
 * The same for a migration that was written before some of today's columns and tables: makes those synced that are there by now. A later migration, which
 * adds the rest, calls makeSynced.
 */
export async function makeSyncedSoFar<Tables>(db: Kysely<Tables>, policy: EntityPolicy): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass(${policy.entity}) AND attnum > 0 AND NOT attisdropped`.execute(
    db,
  );
  if (rows.length === 0) return;
  const there = new Set(rows.map(({ name }) => name));
  const ofThose = <Value>(named: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(named).filter(([name]) => there.has(name)));
  await makeSynced(db, { ...policy, columns: ofThose(policy.columns), parents: ofThose(policy.parents) });
}
