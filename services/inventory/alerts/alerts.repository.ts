import { type RawBuilder, sql } from 'kysely';

import { instantText, selectPage, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order } from '#platform/paging/list.ts';

import type { InventoryDb } from '../deps.ts';

export interface AlertRow {
  readonly id: string;
  readonly store_id: string;
  readonly product_id: string;
  readonly kind: 'out' | 'low';
  readonly since: string;
  readonly ended_at: string | null;
}

const columns = sql`t.id, t.store_id, t.product_id, t.kind, ${instantText(sql`t.since`)} AS since, ${instantText(sql`t.ended_at`)} AS ended_at`;
export const bySince: SortKey = { expression: sql`t.since`, type: 'timestamptz' };

export interface AlertFilter {
  readonly storeId?: string;
  readonly productId?: string;
  readonly kind?: 'out' | 'low';
  readonly open?: boolean;
}

export async function selectAlerts(db: InventoryDb, { storeId, productId, kind, open }: AlertFilter, order: Order) {
  const filters: RawBuilder<unknown>[] = [];
  if (storeId !== undefined) filters.push(sql`t.store_id = ${storeId}`);
  if (productId !== undefined) filters.push(sql`t.product_id = ${productId}`);
  if (kind !== undefined) filters.push(sql`t.kind = ${kind}`);
  if (open !== undefined) filters.push(open ? sql`t.ended_at IS NULL` : sql`t.ended_at IS NOT NULL`);
  return selectPage<AlertRow>(db, {
    table: 'inventory.alert',
    columns,
    filters,
    sort: bySince,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}
