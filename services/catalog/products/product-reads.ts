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
  const read = batchedReads<Ask, ProductRow | undefined>((asks) => findAll(db, asks), { atOnce: AT_ONCE, most: MOST, viewOf: keyOf });
  return (id, { language, currency }) => read({ id, view: { language, currency } });
}

/** All of one view. */
async function findAll(db: CatalogDb, asks: readonly [Ask, ...Ask[]]): Promise<(ProductRow | undefined)[]> {
  const [{ id, view }] = asks;
  const ids = [...new Set(asks.map((ask) => ask.id))];
  const rows = ids.length === 1 ? [await findProduct(db, id, view)] : await findProducts(db, ids, view);
  const found = new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.id, row] as const])));
  return asks.map((ask) => found.get(ask.id));
}

const keyOf = ({ view: { language, currency } }: Ask): string => `${language ?? ''} ${currency ?? ''}`;
