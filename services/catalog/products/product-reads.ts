import { batchedReads } from '#platform/batched-reads.ts';

import type { CatalogDb } from '../deps.ts';
import { findProduct, findProducts, type ProductRow, type ProductView } from './products.repository.ts';

/** A product as it is now; undefined where there is none. */
export type FindProduct = (id: string, view: ProductView) => Promise<ProductRow | undefined>;

/** Finds each by a query of its own: in a transaction, or where nobody else asks. */
export const singleReads =
  (db: CatalogDb): FindProduct =>
  (id, view) =>
    findProduct(db, id, view);

interface Ask {
  readonly id: string;
  readonly view: ProductView;
}

const AT_ONCE = 2;
const MOST = 50;

/** Finds products by id for those who read them one by one: what is asked for at the same time, and wants to see the same, is one query. */
export function productReads(db: CatalogDb): FindProduct {
  const read = batchedReads<Ask, ProductRow | undefined>((asks) => findAll(db, asks), { atOnce: AT_ONCE, most: MOST });
  return (id, { language, currency }) => read({ id, view: { language, currency } });
}

async function findAll(db: CatalogDb, asks: readonly Ask[]): Promise<(ProductRow | undefined)[]> {
  const byView = new Map<string, Ask[]>();
  for (const ask of asks) byView.set(keyOf(ask.view), [...(byView.get(keyOf(ask.view)) ?? []), ask]);
  const found = new Map<string, ProductRow>();
  await Promise.all(
    [...byView].map(async ([key, [first, ...others]]) => {
      if (first === undefined) return;
      const ids = [...new Set([first, ...others].map(({ id }) => id))];
      const [id = first.id] = ids;
      const rows = ids.length === 1 ? [await findProduct(db, id, first.view)] : await findProducts(db, ids, first.view);
      for (const row of rows) if (row !== undefined) found.set(`${key} ${row.id}`, row);
    }),
  );
  return asks.map(({ id, view }) => found.get(`${keyOf(view)} ${id}`));
}

const keyOf = ({ language, currency }: ProductView): string => `${language ?? ''} ${currency ?? ''}`;
