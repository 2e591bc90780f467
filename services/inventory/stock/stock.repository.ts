import { type RawBuilder, sql } from 'kysely';

import { selectPage, type KeyColumn, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { InventoryDb } from '../deps.ts';

export interface StockRow {
  readonly store_id: string;
  readonly product_id: string;
  readonly on_hand: number;
  readonly reserved: number;
  readonly low_at: number;
  readonly level: 'out' | 'low' | 'ample';
}

export const stockColumns = sql`t.store_id, t.product_id, t.on_hand, t.reserved, t.low_at, inventory.level_of(t.on_hand - t.reserved, t.low_at) AS level`;

const key: readonly KeyColumn[] = [
  { expression: sql`t.store_id`, type: 'uuid' },
  { expression: sql`t.product_id`, type: 'uuid' },
];
export const stockKeyTypes = key.map(({ type }) => type);

const sortKeys: Readonly<Record<string, SortKey>> = {
  // As int8, of which a cursor may hold more digits than nine.
  available: { expression: sql`t.on_hand - t.reserved`, type: 'int8' },
  onHand: { expression: sql`t.on_hand`, type: 'int8' },
};
const byProduct: SortKey = { expression: sql`t.product_id`, type: 'uuid' };

export const stockSortType = (name: string): SortKey['type'] => (sortKeys[name] ?? byProduct).type;

export interface StockFilter {
  readonly storeId?: string;
  readonly productId?: string;
  readonly lowOnly?: boolean;
}

export async function selectStock(db: InventoryDb, { storeId, productId, lowOnly }: StockFilter, order: Order) {
  const filters: RawBuilder<unknown>[] = [];
  if (storeId !== undefined) filters.push(sql`t.store_id = ${storeId}`);
  if (productId !== undefined) filters.push(sql`t.product_id = ${productId}`);
  if (lowOnly === true) filters.push(sql`inventory.level_of(t.on_hand - t.reserved, t.low_at) <> 'ample'`);
  return selectPage<StockRow>(db, {
    table: 'inventory.stock',
    columns: stockColumns,
    filters,
    sort: sortKeys[order.name] ?? byProduct,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
    key,
  });
}

export async function findStock(db: InventoryDb, storeId: string, productId: string): Promise<StockRow | undefined> {
  const { rows } = await sql<StockRow>`
    SELECT ${stockColumns} FROM inventory.stock t WHERE t.store_id = ${storeId} AND t.product_id = ${productId}`.execute(db);
  return rows[0];
}

/** Changes what stands for `low`, of stock that is as one of `tags` says: `stale` where it is another. */
export async function updateThreshold(
  db: InventoryDb,
  storeId: string,
  productId: string,
  tags: readonly string[],
  lowAt: number,
): Promise<StockRow | 'missing' | 'stale'> {
  const { rows } = await sql<StockRow>`
    UPDATE inventory.stock t SET low_at = ${lowAt}
    WHERE t.store_id = ${storeId} AND t.product_id = ${productId} AND concat_ws('-', t.on_hand, t.reserved, t.low_at) = ANY (${tags}::text[])
    RETURNING ${stockColumns}`.execute(db);
  return rows[0] ?? ((await findStock(db, storeId, productId)) === undefined ? 'missing' : 'stale');
}
