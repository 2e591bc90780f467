import { sql } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from './deps.ts';

/** What inventory offers the catalogue (docs/domain.md). The row is locked before it is asked: no goods come in meanwhile. */

/** Throws AppError `in_use` for a store in which there are goods, and for the region's online store. */
export async function refuseUsedStore(trx: CatalogDb, id: string): Promise<void> {
  const { rows } = await sql<{ used: boolean }>`SELECT inventory.uses_store(${id}) AS used`.execute(trx);
  if (rows[0]?.used === true) throw new AppError('in_use', { detail: 'There are goods in this store, or it is the online store.' });
}

/** Throws AppError `in_use` for a product of which there is something in a store. */
export async function refuseStocked(trx: CatalogDb, id: string): Promise<void> {
  const { rows } = await sql<{ used: boolean }>`SELECT inventory.uses_product(${id}) AS used`.execute(trx);
  if (rows[0]?.used === true) throw new AppError('in_use', { detail: 'There is stock of this product.' });
}
