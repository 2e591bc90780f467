import { randomUUIDv7 } from 'node:crypto';

import type { Invoice } from '#contracts/invoice.ts';
import type { ShippingAddress } from '#contracts/order.ts';
import type { Region } from '#contracts/regions.ts';
import { AppError } from '#platform/errors.ts';

import type { OrderDb, Trx } from '../deps.ts';
import { findOrder, selectOrderLines, type OrderRow, type Viewer } from '../orders/orders.repository.ts';
import { orderOf } from '../orders/present.ts';
import { invoiceNumberOf } from '../rules/numbers.ts';
import { sellers } from '../rules/seller.ts';
import { findInvoice, insertInvoice, takeSerial } from './invoices.repository.ts';

/** Writes the invoice of an order that is paid. To be the last thing in its transaction: it takes the number that all others wait for. */
export async function writeInvoice(trx: Trx, region: Region, order: Pick<OrderRow, 'id' | 'ship_to'>): Promise<void> {
  const { year, serial } = await takeSerial(trx);
  await insertInvoice(trx, randomUUIDv7(), order.id, invoiceNumberOf(region, year, serial), order.ship_to && buyerOf(order.ship_to));
}

function buyerOf({ name, lines, city, postcode, country }: ShippingAddress) {
  return { name, lines, city, postcode, country };
}

/** Throws AppError `not_found`, also for an order that is not paid. */
export async function getInvoice(
  { db, region }: { readonly db: OrderDb; readonly region: Region },
  orderId: string,
  viewer: Viewer,
): Promise<Invoice> {
  const order = await findOrder(db, orderId, viewer);
  const invoice = order && (await findInvoice(db, orderId));
  if (order === undefined || invoice === undefined) throw new AppError('not_found');
  const {
    number: orderNumber,
    lines,
    totals,
  } = orderOf(order, await selectOrderLines(db, orderId), { payments: [], shipments: [], returns: [] });
  return {
    id: invoice.id,
    number: invoice.number,
    issuedAt: invoice.issued_at,
    orderId,
    orderNumber,
    seller: sellers[region],
    buyer: invoice.buyer,
    taxBasisPoints: order.tax_basis_points,
    lines: lines.map(({ shipped: _shipped, returned: _returned, ...line }) => line),
    totals,
  };
}
