import type { Refund, RefundListQuery } from '#contracts/refund.ts';
import type { Page } from '#contracts/values.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import type { OrderDb } from '../deps.ts';
import { refundSortType, selectRefunds, type RefundRow } from './refunds.repository.ts';

export const refundOf = (row: RefundRow): Refund => ({
  id: row.id,
  orderId: row.order_id,
  paymentId: row.payment_id,
  cause: row.cause,
  state: row.state,
  amount: { amountMinor: Number(row.amount_minor), currency: row.currency },
  givenBy: row.given_by,
  reference: row.reference,
  requestedBy: row.requested_by,
  retryOf: row.retry_of,
  retriedAs: row.retried_as,
  createdAt: row.created_at,
  settledAt: row.settled_at,
});

/** A page of refunds, the newest first where no order is asked for. */
export async function listRefunds(db: OrderDb, query: RefundListQuery): Promise<Page<Refund>> {
  const order = orderOf(query, '-createdAt', refundSortType);
  return pageFrom(await selectRefunds(db, query, order), order, refundOf);
}
