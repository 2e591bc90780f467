import { sql, type RawBuilder } from 'kysely';

import type { OrderListQuery } from '#contracts/order.ts';
import type { SaleOrigin } from '#contracts/sale.ts';
import type { ShippingAddress } from '#contracts/shipping.ts';
import { instantText, selectPage, type SortKey } from '#platform/paging/keyset.repository.ts';
import type { Order as ListOrder } from '#platform/paging/list.ts';

import type { OrderDb, Trx } from '../deps.ts';
import type { Owner } from '../owner.ts';
import type { OrderStates } from '../states/states.repository.ts';

export interface OrderRow extends OrderStates {
  readonly number: string;
  readonly account_id: string | null;
  readonly store_id: string | null;
  readonly currency: string;
  readonly tax_basis_points: number;
  readonly net_minor: string;
  readonly tax_minor: string;
  readonly shipping_net_minor: string;
  readonly shipping_tax_minor: string;
  readonly total_minor: string;
  readonly ship_to: ShippingAddress | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly expires_at: string;
  readonly is_overdue: boolean;
}

export interface OrderLineRow {
  readonly line: number;
  readonly product_id: string;
  readonly sku: string;
  readonly name: string;
  readonly unit_minor: string;
  readonly quantity: number;
  readonly net_minor: string;
  readonly tax_minor: string;
  readonly total_minor: string;
  readonly shipped: number;
  readonly short_closed: number;
  readonly returned: number;
}

const columns = sql`t.id, t.number, t.account_id, t.store_id, t.state, t.payment_state, t.fulfilment_state, t.version, t.currency, t.tax_basis_points,
  t.net_minor, t.tax_minor, t.shipping_net_minor, t.shipping_tax_minor, t.total_minor, t.ship_to,
  ${instantText(sql`t.created_at`)} AS created_at, ${instantText(sql`t.updated_at`)} AS updated_at,
  ${instantText(sql`t.expires_at`)} AS expires_at, t.expires_at <= now() AS is_overdue`;

/** Whom an order is shown to: everybody of the staff who works with orders, or its owner. */
export type Viewer = Owner | 'staff';

const seenBy = (viewer: Viewer): RawBuilder<unknown> =>
  viewer === 'staff' ? sql`true` : sql`(t.account_id = ${viewer.accountId}::uuid OR t.token_hash = ${viewer.tokenHash}::bytea)`;

/** An order with where it was recorded; null for one that was placed here. */
export type FoundOrder = OrderRow & { readonly sale: SaleOrigin };

const origin = sql`(SELECT jsonb_build_object('reference', s.reference, 'channel', s.channel, 'soldAt', ${instantText(sql`s.sold_at`)})
  FROM orders.sale s WHERE s.order_id = t.id) AS sale`;

export async function findOrder(db: OrderDb, id: string, viewer: Viewer): Promise<FoundOrder | undefined> {
  const { rows } = await sql<FoundOrder>`
    SELECT ${columns}, ${origin} FROM orders.order t WHERE t.id = ${id} AND ${seenBy(viewer)}`.execute(db);
  return rows[0];
}

/** The same, locked until the transaction ends. An order is locked before everything that belongs to it, and before stock. */
export async function lockOrder(trx: Trx, id: string, viewer: Viewer): Promise<OrderRow | undefined> {
  const { rows } = await sql<OrderRow>`
    SELECT ${columns} FROM orders.order t WHERE t.id = ${id} AND ${seenBy(viewer)} FOR NO KEY UPDATE`.execute(trx);
  return rows[0];
}

export async function selectOrderLines(db: OrderDb, orderId: string): Promise<OrderLineRow[]> {
  const { rows } = await sql<OrderLineRow>`
    SELECT line, product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor, shipped, short_closed, returned
    FROM orders.order_line WHERE order_id = ${orderId} ORDER BY line`.execute(db);
  return rows;
}

const sortKeys: Readonly<Record<string, SortKey>> = {
  updatedAt: { expression: sql`t.updated_at`, type: 'timestamptz' },
  number: { expression: sql`t.number`, type: 'text' },
};
const byCreation: SortKey = { expression: sql`t.created_at`, type: 'timestamptz' };

export const orderSortType = (name: string): SortKey['type'] => (sortKeys[name] ?? byCreation).type;

export async function selectOrders(db: OrderDb, query: OrderListQuery, viewer: Viewer, order: ListOrder) {
  const filters = [seenBy(viewer)];
  if (query.state !== undefined) filters.push(sql`t.state = ${query.state}`);
  if (query.paymentState !== undefined) filters.push(sql`t.payment_state = ${query.paymentState}`);
  if (query.fulfilmentState !== undefined) filters.push(sql`t.fulfilment_state = ${query.fulfilmentState}`);
  if (query.number !== undefined) filters.push(sql`t.number = ${query.number}`);
  if (query.reference !== undefined)
    filters.push(sql`t.id = (SELECT s.order_id FROM orders.sale s WHERE s.reference = ${query.reference})`);
  if (query.createdFrom !== undefined) filters.push(sql`t.created_at >= ${query.createdFrom}::timestamptz`);
  if (query.createdBefore !== undefined) filters.push(sql`t.created_at < ${query.createdBefore}::timestamptz`);
  return selectPage<OrderRow>(db, {
    table: 'orders.order',
    columns,
    filters,
    sort: sortKeys[order.name] ?? byCreation,
    descending: order.descending,
    after: order.after,
    limit: order.limit,
  });
}
