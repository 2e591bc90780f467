import { sql } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import { AppError } from '#platform/errors.ts';

import type { CatalogDb } from './deps.ts';

/**
 * What inventory offers the catalogue (docs/domain.md). The row is locked before it is asked: no goods come in here meanwhile. What there is in the other region is known
 * as of what has crossed.
 */

interface Use {
  readonly used: 'here' | 'elsewhere' | null;
}

/** Throws AppError `in_use` for a store in which there are goods, or may be in the other region, and for the region's online store. */
export async function refuseUsedStore(trx: CatalogDb, id: string, region: Region): Promise<void> {
  const { rows } = await sql<Use>`SELECT inventory.use_of_store(${id}, ${region}) AS used`.execute(trx);
  refuse(rows[0], {
    here: 'There are goods in this store, or it is the online store.',
    elsewhere: 'This store is in the other region, which has goods: whether they are in this one is known there. Delete it there.',
  });
}

/** Throws AppError `in_use` for a product of which there is something in a store, here or in the other region. */
export async function refuseStocked(trx: CatalogDb, id: string): Promise<void> {
  const { rows } = await sql<Use>`SELECT inventory.use_of_product(${id}) AS used`.execute(trx);
  refuse(rows[0], { here: 'There is stock of this product.', elsewhere: 'There is stock of this product in the other region.' });
}

function refuse(use: Use | undefined, details: Readonly<Record<'here' | 'elsewhere', string>>): void {
  if (use?.used) throw new AppError('in_use', { detail: details[use.used] });
}
