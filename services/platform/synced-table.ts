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
