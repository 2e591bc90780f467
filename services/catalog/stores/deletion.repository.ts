import { sql } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import { exists, type Grave, graveOf, isVersion } from '#platform/entity/synced.repository.ts';

import type { CatalogDb } from '../deps.ts';
import { refuseUsedStore } from '../stock.repository.ts';

const TABLE = 'catalog.store';

/** Deletes a store that is in one of the versions `tags` and that nothing is kept in. Throws AppError `in_use`. */
export async function deleteStore(db: CatalogDb, id: string, tags: readonly string[]): Promise<Grave | 'missing' | 'stale'> {
  return db.transaction().execute(async (trx) => {
    // Locked first: no goods come in any more.
    const { rows } = await sql<{ region: Region }>`
      SELECT catalog.region_of(t.region, t.country) AS region FROM catalog.store t WHERE t.id = ${id} AND ${isVersion(tags)} FOR UPDATE`.execute(
      trx,
    );
    const held = rows[0];
    if (held === undefined) return (await exists(trx, TABLE, id)) ? 'stale' : 'missing';
    await refuseUsedStore(trx, id, held.region);
    await sql`DELETE FROM catalog.store t WHERE t.id = ${id}`.execute(trx);
    return graveOf(trx, TABLE, id);
  });
}
