import { type Kysely, sql } from 'kysely';

import { crossingColumns, type EntityPolicy } from '#contracts/sync-policy.ts';

/**
 * The one call by which a migration makes its table synced: adds the stamp columns, stamps the rows already there, installs triggers and the
 * functions by which sync reads and applies exactly the columns that `policy` lets cross. Calling it again after a policy change rebuilds them.
 */
export async function makeSynced<Tables>(db: Kysely<Tables>, policy: EntityPolicy): Promise<void> {
  await sql`SELECT sync.make_synced(${policy.entity}, ${policy.key}, ${crossingColumns(policy)}::text[], ${JSON.stringify(policy.parents)}::jsonb)`.execute(
    db,
  );
}
