import { randomUUIDv7 } from 'node:crypto';

import { AppError } from '#platform/errors.ts';
import { emitEvent } from '#platform/events/events.repository.ts';

import type { OrderDeps, Trx } from '../deps.ts';
import { lockOrder } from '../orders/orders.repository.ts';
import { advance, type Telling } from '../states/advance.ts';
import { touchOrder } from '../states/states.repository.ts';
import type { PaymentRow } from '../payments/payments.repository.ts';
import type { RefundOutcome } from '../payments/provider.ts';
import {
  findRefund,
  giveToPayment,
  insertRefund,
  isAllBack,
  takeFromPayment,
  updateRefundState,
  type RefundCause,
  type Replacement,
} from './refunds.repository.ts';

/**
 * Writes down that money goes back, before anybody is asked to send it; the order is locked. Answers the refund's id, or undefined where there is nothing to pay
 * back. Throws AppError `state_conflict` for more than was captured and has not gone back yet.
 */
export async function requestRefund(
  trx: Trx,
  payment: Pick<PaymentRow, 'id'>,
  amountMinor: number,
  cause: RefundCause,
  replacement?: Replacement,
): Promise<string | undefined> {
  if (amountMinor === 0) return undefined;
  if (!(await takeFromPayment(trx, payment.id, amountMinor))) {
    throw new AppError('state_conflict', { detail: 'That is more than was paid and has not gone back.' });
  }
  const id = randomUUIDv7();
  await insertRefund(trx, { id, paymentId: payment.id, cause, amountMinor }, replacement);
  return id;
}

/** Records what became of a refund. Idempotent: a refund that is settled stays as it is. */
export async function settleRefund(trx: Trx, refundId: string, outcome: RefundOutcome, telling: Telling = 'told'): Promise<void> {
  const found = await findRefund(trx, refundId);
  const order = found && (await lockOrder(trx, found.order_id, 'staff'));
  // Read again: under the order's lock nobody else settles it.
  const refund = await findRefund(trx, refundId);
  if (order === undefined || refund?.state !== 'requested' || outcome === 'unknown') return;
  await updateRefundState(trx, refundId, outcome);
  if (outcome === 'failed') {
    await giveToPayment(trx, refund.payment_id, refund.amount_minor);
    return touchOrder(trx, order.id);
  }
  // What was paid twice was never the order's own payment: nothing changes of the order, and who paid is told all the same.
  if (refund.cause === 'paid_twice') {
    if (telling === 'told') await emitEvent(trx, 'madeinworld.payment.duplicate_refunded.v1', order.id);
    return;
  }
  await advance(
    trx,
    order,
    { payment: (await isAllBack(trx, refund.payment_id)) ? 'refund_rest' : 'refund_part' },
    refund.given_by,
    telling,
  );
}

/** Asks the provider for refunds that are written down and committed. What does not get through stays requested, for the sweep. */
export async function sendRefunds(
  { db, provider, log }: Pick<OrderDeps, 'db' | 'provider' | 'log'>,
  refundIds: readonly string[],
): Promise<void> {
  for (const refundId of refundIds) {
    const refund = await findRefund(db, refundId);
    if (refund === undefined || refund.state !== 'requested') continue;
    const money = { amountMinor: Number(refund.amount_minor), currency: refund.currency };
    // What is given back elsewhere is only written down here.
    const outcome = refund.given_by === 'elsewhere' ? 'done' : await provider.refund(refundId, refund.payment_id, money);
    await db.transaction().execute((trx) => settleRefund(trx, refundId, outcome));
    if (outcome === 'failed')
      log.error(
        { event: 'refund_refused', refundId },
        'the provider refuses a refund: the money is owed until somebody tries again, or gives it back another way',
      );
  }
}
