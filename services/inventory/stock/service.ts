import type { Stock } from '#contracts/inventory.ts';
import type { Page } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import { refuseForeign, unusableOf } from '../catalog.repository.ts';
import type { InventoryDb } from '../deps.ts';
import {
  findStock,
  selectStock,
  type StockFilter,
  stockKeyTypes,
  type StockRow,
  stockSortType,
  updateThreshold,
} from './stock.repository.ts';

type ListQuery = StockFilter & { readonly sort?: string; readonly cursor?: string; readonly limit?: number };

export async function listStock(db: InventoryDb, query: ListQuery): Promise<Page<Stock>> {
  const order = orderOf(query, 'productId', stockSortType, stockKeyTypes);
  return pageFrom(await selectStock(db, query, order), order, stockOf);
}

/** Throws AppError `not_found` where the store never had the product. */
export async function getStock(db: InventoryDb, storeId: string, productId: string): Promise<Stock> {
  const row = await findStock(db, storeId, productId);
  if (row === undefined) throw new AppError('not_found');
  return stockOf(row);
}

/** Throws AppError `foreign_home_region` for what is left here of a store of the other region. */
export async function changeThreshold(
  db: InventoryDb,
  storeId: string,
  productId: string,
  tags: readonly string[],
  lowAt: number,
): Promise<Stock | 'missing' | 'stale'> {
  return db.transaction().execute(async (trx) => {
    const unusable = await unusableOf(trx, [storeId], []);
    const outcome = await updateThreshold(trx, storeId, productId, tags, lowAt);
    if (typeof outcome === 'string') return outcome;
    refuseForeign(unusable, { field: 'storeId', storeId });
    return stockOf(outcome);
  });
}

/** The entity tag of stock: its numbers, since it is no more than those. A sale is another tag. */
export const stockTag = ({ onHand, reserved, lowAt }: Stock): string => `"${onHand}-${reserved}-${lowAt}"`;

export function stockOf(row: StockRow): Stock {
  return {
    storeId: row.store_id,
    productId: row.product_id,
    onHand: row.on_hand,
    reserved: row.reserved,
    available: row.on_hand - row.reserved,
    lowAt: row.low_at,
    level: row.level,
  };
}
