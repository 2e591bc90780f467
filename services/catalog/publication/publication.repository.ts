import { sql } from 'kysely';

import type { ProductState } from '#contracts/catalog.ts';

import type { CatalogDb } from '../deps.ts';

/**
 * Brings a product from one of the states `from` into `to`; answers the state that it was in, undefined where there is no such product. The product is locked
 * first, as by who deletes it: the other way round, the two would wait for each other.
 */
export async function moveProduct(
  db: CatalogDb,
  product: { readonly id: string; readonly publicationId: string },
  to: ProductState,
  from: readonly ProductState[],
): Promise<ProductState | undefined> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ state: ProductState }>`
      SELECT t.state FROM catalog.product t WHERE t.id = ${product.id} FOR NO KEY UPDATE`.execute(trx);
    const before = rows[0]?.state;
    if (before === undefined || !from.includes(before)) return before;
    await sql`
      INSERT INTO catalog.publication AS t (id, product_id, state) VALUES (${product.publicationId}, ${product.id}, ${to})
      ON CONFLICT (id) DO UPDATE SET state = excluded.state`.execute(trx);
    return before;
  });
}
