import { randomUUIDv7 } from 'node:crypto';

import type { Buyer, Invoice } from '#contracts/invoice.ts';
import type { ShippingAddress } from '#contracts/shipping.ts';
import type { Region } from '#contracts/regions.ts';
import { AppError } from '#platform/errors.ts';

import type { OrderDb, Trx } from '../deps.ts';
import { findOrder, selectOrderLines, type OrderRow, type Viewer } from '../orders/orders.repository.ts';
import { orderOf } from '../orders/present.ts';
import { invoiceNumberOf } from '../rules/numbers.ts';
import { sellers } from '../rules/seller.ts';
import { findInvoice, insertInvoices, takeSerials } from './invoices.repository.ts';

/** Writes the invoices of orders that are paid, numbered in this order. To be the last thing in its transaction: it takes the numbers that all others wait for. */
export async function writeInvoices(trx: Trx, region: Region, orders: readonly Pick<OrderRow, 'id' | 'ship_to'>[]): Promise<void> {
  const { year, last, issuedAt } = await takeSerials(trx, orders.length);
  const invoices = orders.map(({ id, ship_to: shipTo }, at) => ({
    id: randomUUIDv7(),
    orderId: id,
    number: invoiceNumberOf(region, year, last - orders.length + 1 + at),
    ...(shipTo === null ? {} : { buyer: buyerOf(shipTo) }),
  }));
  await insertInvoices(trx, invoices, issuedAt);
}

function buyerOf({ phone: _phone, ...address }: ShippingAddress): Buyer {
  return address;
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
  } = orderOf(order, await selectOrderLines(db, orderId), { payments: [], shipments: [], shortClosure: null, returns: [], sale: null });
  return {
    id: invoice.id,
    number: invoice.number,
    issuedAt: invoice.issued_at,
    orderId,
    orderNumber,
    seller: sellers[region],
    buyer: invoice.buyer,
    taxBasisPoints: order.tax_basis_points,
    lines: lines.map(({ shipped: _shipped, shortClosed: _shortClosed, returned: _returned, ...line }) => line),
    totals,
  };
}
