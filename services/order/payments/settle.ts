import type { AttemptState } from '#contracts/order.ts';
import type { Region } from '#contracts/regions.ts';
import type { Money } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';

import type { Trx } from '../deps.ts';
import { writeInvoices } from '../invoices/service.ts';
import { lockOrder, type OrderRow } from '../orders/orders.repository.ts';
import { advance, type Actor } from '../states/advance.ts';
import { attemptTable, nextState, type AttemptEvent } from '../states/machines.ts';
import { touchOrder } from '../states/states.repository.ts';
import { allocate } from '../stock.repository.ts';
import { findPayment, selectPayments, updatePaymentState, type PaymentRow } from './payments.repository.ts';
import type { PaymentOutcome } from './provider.ts';
import { requestRefund } from '../refunds/send.ts';

export interface Settled {
  readonly state: AttemptState;
  /** Refunds that were written down: to be sent once this is committed. */
  readonly refundIds: readonly string[];
  /** What it did to the order; undefined where that stays as it was. */
  readonly order?: OrderOutcome;
}

/** Confirmed by what was captured for it, or found to be overdue. */
type OrderOutcome = { readonly confirmed: Money } | 'expired';

const events: Readonly<Record<PaymentOutcome, AttemptEvent>> = { captured: 'capture', failed: 'fail', unknown: 'lose' };

/**
 * Records what became of an attempt to pay, whoever says so: the answer to the request, a callback, the provider when it is asked. Idempotent: what is known already,
 * or comes too late to be true, changes nothing. A capture confirms the order that waits for it, allocates its goods and writes the invoice; where nothing waits any
 * more, or something else was captured, the money goes back. Throws AppError `not_found`.
 */
export async function settlePayment(trx: Trx, region: Region, paymentId: string, outcome: PaymentOutcome, actor: Actor): Promise<Settled> {
  const found = await findPayment(trx, paymentId);
  const order = found && (await lockOrder(trx, found.order_id, 'staff'));
  if (order === undefined) throw new AppError('not_found');
  // Read under the order's lock: whoever was faster has left its mark here.
  const attempts = await selectPayments(trx, order.id);
  const payment = attempts.find(({ id }) => id === paymentId);
  if (payment === undefined) throw new Error('a payment has gone');
  const state = nextState(attemptTable, payment.state, events[outcome]);
  if (state === null) return { state: payment.state, refundIds: [] };
  await updatePaymentState(trx, paymentId, state);
  // The order's own payment is what is captured first, whichever attempt that is: an earlier one may turn out to be captured after all while a later one is under way.
  const isPaid = attempts.some(({ id, state, is_extra: isExtra }) => id !== paymentId && state === 'captured' && !isExtra);
  if (outcome !== 'captured') {
    // What becomes of another attempt is nothing to the states of an order that has its payment.
    if (isPaid) await touchOrder(trx, order.id);
    else await advance(trx, order, { payment: outcome === 'failed' ? 'fail' : 'lose' }, actor);
    return { state, refundIds: [] };
  }
  if (isPaid) {
    await touchOrder(trx, order.id);
    return { state, refundIds: await payBack(trx, payment, 'paid_twice') };
  }
  return { state, ...(await capture(trx, region, order, payment, actor)) };
}

/** What a capture does to the order that it is for. */
async function capture(trx: Trx, region: Region, order: OrderRow, payment: PaymentRow, actor: Actor): Promise<Omit<Settled, 'state'>> {
  if (order.state === 'pending' && (await allocate(trx, order.id))) {
    await advance(trx, order, { order: 'confirm', payment: 'capture', fulfilment: 'allocate' }, actor);
    await writeInvoices(trx, region, [order]);
    return { refundIds: [], order: { confirmed: { amountMinor: Number(payment.amount_minor), currency: payment.currency } } };
  }
  await advance(trx, order, { ...(order.state === 'pending' ? { order: 'expire' } : {}), payment: 'capture' }, actor);
  const refundIds = await payBack(trx, payment, 'too_late');
  return { refundIds, ...(order.state === 'pending' ? { order: 'expired' } : {}) };
}

async function payBack(trx: Trx, payment: PaymentRow, cause: 'too_late' | 'paid_twice'): Promise<string[]> {
  const refundId = await requestRefund(trx, payment, Number(payment.amount_minor), cause);
  return refundId === undefined ? [] : [refundId];
}
