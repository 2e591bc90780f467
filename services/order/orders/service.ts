import type { Order, OrderListQuery, OrderSummary, Payment, Return, ShortClosure } from '#contracts/order.ts';
import type { Page } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import { isRealInstant } from '#platform/instant.ts';
import { orderOf as listOrderOf, pageFrom } from '#platform/paging/list.ts';

import type { OrderDb } from '../deps.ts';
import { selectShipments } from '../fulfilment/fulfilment.repository.ts';
import { selectPayments, type PaymentRow } from '../payments/payments.repository.ts';
import { selectReturns, type ReturnRow } from '../returns/returns.repository.ts';
import { findShortClosure, type ShortClosureRow } from '../short-closures/short-closures.repository.ts';
import {
  findOrder,
  orderSortType,
  selectOrderLines,
  selectOrders,
  type FoundOrder,
  type OrderRow,
  type Viewer,
} from './orders.repository.ts';
import { orderOf, summaryOf } from './present.ts';

export const paymentOf = (row: PaymentRow): Payment => ({
  id: row.id,
  state: row.state,
  amount: { amountMinor: Number(row.amount_minor), currency: row.currency },
  refunded: { amountMinor: Number(row.refunded_minor), currency: row.currency },
  createdAt: row.created_at,
});

export const returnOf = (row: ReturnRow, currency: string): Return => ({
  id: row.id,
  lines: row.lines,
  refund: { amountMinor: Number(row.amount_minor), currency },
  reference: row.reference,
  createdAt: row.created_at,
});

const shortClosureOf = (row: ShortClosureRow, currency: string): ShortClosure => ({
  reason: row.reason,
  refund: { amountMinor: Number(row.amount_minor), currency },
  createdAt: row.created_at,
});

/** An order with the version that its entity tag names. Throws AppError `not_found`, also for somebody else's. */
export async function getOrder(db: OrderDb, id: string, viewer: Viewer): Promise<{ readonly item: Order; readonly version: number }> {
  const row = await findOrder(db, id, viewer);
  if (row === undefined) throw new AppError('not_found');
  return showOrder(db, row);
}

async function showOrder(db: OrderDb, row: FoundOrder): Promise<{ readonly item: Order; readonly version: number }> {
  const [lines, payments, shipments, shortClosure, returns] = await Promise.all([
    selectOrderLines(db, row.id),
    selectPayments(db, row.id),
    selectShipments(db, row.id),
    findShortClosure(db, row.id),
    selectReturns(db, row.id),
  ]);
  const parts = {
    payments: payments.map((payment) => paymentOf(payment)),
    shipments,
    shortClosure: shortClosure === undefined ? null : shortClosureOf(shortClosure, row.currency),
    returns: returns.map((one) => returnOf(one, row.currency)),
    sale: row.sale,
  };
  return { item: orderOf(row, lines, parts), version: row.version };
}

/** A page of the orders that `viewer` may see, the newest first where no order is asked for. Throws AppError `invalid_request` for days that there are not. */
export async function listOrders(db: OrderDb, query: OrderListQuery, viewer: Viewer): Promise<Page<OrderSummary>> {
  for (const field of ['createdFrom', 'createdBefore'] as const) {
    const instant = query[field];
    if (instant === undefined || isRealInstant(instant)) continue;
    throw new AppError('invalid_request', { detail: 'The query does not fit.', errors: [{ field, message: 'is no day of the calendar' }] });
  }
  const order = listOrderOf(query, '-createdAt', orderSortType);
  return pageFrom(await selectOrders(db, query, viewer, order), order, (row: OrderRow) => summaryOf(row));
}
