import type { Order, OrderLine, OrderSummary } from '#contracts/order.ts';
import type { Money } from '#contracts/values.ts';

import type { OrderLineRow, OrderRow } from './orders.repository.ts';

/** An order as it is shown. Pure. */

export function summaryOf(row: OrderRow): OrderSummary {
  return {
    id: row.id,
    number: row.number,
    state: row.state,
    paymentState: row.payment_state,
    fulfilmentState: row.fulfilment_state,
    total: { amountMinor: Number(row.total_minor), currency: row.currency },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function orderOf(
  row: OrderRow,
  lines: readonly OrderLineRow[],
  parts: Pick<Order, 'payments' | 'shipments' | 'shortClosure' | 'returns' | 'sale'>,
): Order {
  const money = (amountMinor: number | string): Money => ({ amountMinor: Number(amountMinor), currency: row.currency });
  return {
    ...summaryOf(row),
    storeId: row.store_id,
    lines: lines.map((line): OrderLine => ({
      productId: line.product_id,
      sku: line.sku,
      name: line.name,
      unit: money(line.unit_minor),
      quantity: line.quantity,
      net: money(line.net_minor),
      tax: money(line.tax_minor),
      total: money(line.total_minor),
      shipped: line.shipped,
      shortClosed: line.short_closed,
      returned: line.returned,
    })),
    totals: {
      net: money(row.net_minor),
      shipping: money(Number(row.shipping_net_minor) + Number(row.shipping_tax_minor)),
      tax: money(row.tax_minor),
      total: money(row.total_minor),
    },
    shipTo: row.ship_to,
    ...parts,
    expiresAt: row.expires_at,
  };
}
