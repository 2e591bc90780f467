import { Type } from 'typebox';

import type { Region } from '#contracts/regions.ts';
import type { ShortCloseReason, ShortClosureCreation } from '#contracts/order.ts';
import { orNull, Uuid } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import type { IdempotentRequest } from '#platform/idempotency/request.ts';

import { creditFor, writeCreditNote } from '../credit-notes/service.ts';
import type { OrderDeps, Trx } from '../deps.ts';
import { selectShipments } from '../fulfilment/fulfilment.repository.ts';
import { once } from '../once.ts';
import { lockOrder, selectOrderLines, type OrderRow } from '../orders/orders.repository.ts';
import { findOwnPayment } from '../payments/payments.repository.ts';
import { requestRefund, sendRefunds } from '../refunds/send.ts';
import { advance, refusalOf, type Actor } from '../states/advance.ts';
import { release, writeOff } from '../stock.repository.ts';
import { addShortClosed, insertShortClosure } from './short-closures.repository.ts';

/** Whether the goods are on the shelf, to be sold again: what is not there leaves stock. */
const isThere: Readonly<Record<ShortCloseReason, boolean>> = { lost: false, damaged: false, out_of_stock: false, withdrawn: true };

const Closed = Type.Object({ refundId: orNull(Uuid) });

/**
 * Gives up the rest of a partly shipped order: it leaves its reservation, what was paid for it goes back, and what was invoiced is credited. What was shipped goes on by itself; where it has arrived already,
 * the order is completed. Sent again with the same key, it is done once. Throws AppError `not_found`, `state_conflict`.
 */
export async function shortCloseOrder(
  deps: Pick<OrderDeps, 'db' | 'region' | 'provider' | 'log'>,
  orderId: string,
  request: IdempotentRequest,
  { reason }: ShortClosureCreation,
  actor: Actor,
): Promise<void> {
  const refundId = await deps.db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, 'staff');
    if (order === undefined) throw new AppError('not_found');
    const { result } = await once(trx, request, Closed, () => giveUpRest(trx, deps.region, order, reason, actor));
    return result.refundId;
  });
  if (refundId !== null) await sendRefunds(deps, [refundId]);
}

async function giveUpRest(
  trx: Trx,
  region: Region,
  order: OrderRow,
  reason: ShortCloseReason,
  actor: Actor,
): Promise<{ readonly refundId: string | null }> {
  const payment = await findOwnPayment(trx, order.id);
  if (payment === undefined) throw refusalOf(order, 'fulfilment', 'short_close');
  const closed = await advance(trx, order, { fulfilment: 'short_close' }, actor);
  const hasArrived = (await selectShipments(trx, order.id)).every(({ deliveredAt }) => deliveredAt !== null);
  if (hasArrived) await advance(trx, closed, { order: 'complete', fulfilment: 'deliver' }, actor);

  const all = await selectOrderLines(trx, order.id);
  const rest = all.flatMap(({ line, quantity, shipped }) => (quantity > shipped ? [{ line, quantity: quantity - shipped }] : []));
  const credit = creditFor(order, all, rest);
  const amountMinor = credit.totals.totalMinor;
  const refundId = (await requestRefund(trx, payment, amountMinor, 'short_closed')) ?? null;
  await addShortClosed(trx, order.id, rest);
  await insertShortClosure(trx, { orderId: order.id, refundId, reason, amountMinor });
  const left = await (isThere[reason] ? release : writeOff)(trx, order.id);
  if (left !== 'shipped') throw new Error(`the rest of order ${order.id} is given up, and its reservation is ${left}`);
  await writeCreditNote(trx, region, { orderId: order.id, returnId: null, credit });
  return { refundId };
}
