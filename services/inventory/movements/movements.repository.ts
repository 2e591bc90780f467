import { type RawBuilder, sql } from 'kysely';

import type { MovementKind } from '#contracts/inventory.ts';
import { instantText, selectPage, type KeyColumn, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { InventoryDb } from '../deps.ts';

export interface MovementRow {
  readonly id: string;
  readonly at: string;
  readonly store_id: string;
  readonly product_id: string;
  readonly kind: MovementKind;
  readonly delta_on_hand: number;
  readonly delta_reserved: number;
  readonly reference: string;
  readonly actor: string;
}

const columns = sql`t.id, ${instantText(sql`t.at`)} AS at, t.store_id, t.product_id, t.kind, t.delta_on_hand, t.delta_reserved, t.reference, t.actor`;
const key: readonly KeyColumn[] = [{ expression: sql`t.id`, type: 'int8' }];
export const movementKeyTypes = key.map(({ type }) => type);
/** In the order in which they were written. */
export const byId: SortKey = { expression: sql`t.id`, type: 'int8' };

export interface MovementFilter {
  readonly storeId?: string;
  readonly productId?: string;
  readonly kind?: MovementKind;
  readonly reference?: string;
  readonly from?: string;
  readonly until?: string;
}

function filtersOf({ storeId, productId, kind, reference, from, until }: MovementFilter): RawBuilder<unknown>[] {
  const filters: RawBuilder<unknown>[] = [];
  if (storeId !== undefined) filters.push(sql`t.store_id = ${storeId}`);
  if (productId !== undefined) filters.push(sql`t.product_id = ${productId}`);
  if (kind !== undefined) filters.push(sql`t.kind = ${kind}`);
  if (reference !== undefined) filters.push(sql`t.reference = ${reference}`);
  if (from !== undefined) filters.push(sql`t.at >= ${from}::timestamptz`);
  if (until !== undefined) filters.push(sql`t.at < ${until}::timestamptz`);
  return filters;
}

export async function selectMovements(db: InventoryDb, filter: MovementFilter, order: Order) {
  return selectPage<MovementRow>(db, {
    table: 'inventory.movement',
    columns,
    filters: filtersOf(filter),
    sort: byId,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
    key,
  });
}
