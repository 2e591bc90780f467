import { randomUUIDv7 } from 'node:crypto';

import { Type } from 'typebox';

import type { Payment } from '#contracts/order.ts';
import { Uuid } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import type { IdempotentRequest } from '#platform/idempotency/request.ts';

import type { OrderDeps, Trx } from '../deps.ts';
import { once } from '../once.ts';
import { lockOrder, type OrderRow, type Viewer } from '../orders/orders.repository.ts';
import { paymentOf } from '../orders/service.ts';
import { advance, refusal, type Actor } from '../states/advance.ts';
import { findPayment, insertPayment } from './payments.repository.ts';
import type { PaymentOutcome } from './provider.ts';
import { sendRefunds } from '../refunds/send.ts';
import { settlePayment } from './settle.ts';

const Started = Type.Object({ paymentId: Uuid });

export type PaymentDeps = Pick<OrderDeps, 'db' | 'region' | 'provider' | 'log' | 'figures'>;

/**
 * Tries to pay an order. That it is tried is committed before the provider is asked, and what the provider says after it: whatever dies in between, the sweep finds
 * an attempt to ask about. Sent again with the same key, it answers how the attempt stands and asks nobody. Throws AppError `not_found`, `state_conflict`, and those
 * of the key.
 */
export async function payOrder(
  deps: PaymentDeps,
  orderId: string,
  viewer: Viewer,
  request: IdempotentRequest,
  method: string,
  actor: Actor,
): Promise<Payment> {
  const { db, provider } = deps;
  const { paymentId, money } = await db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, viewer);
    if (order === undefined) throw new AppError('not_found');
    const { result, isReplayed } = await once(trx, request, Started, async () => ({ paymentId: await startAttempt(trx, order, actor) }));
    return { ...result, money: isReplayed ? undefined : { amountMinor: Number(order.total_minor), currency: order.currency } };
  });
  if (money !== undefined) await recordOutcome(deps, paymentId, await provider.start(paymentId, money, method), actor);
  const row = await findPayment(db, paymentId);
  if (row === undefined) throw new Error('a payment has gone');
  return paymentOf(row);
}

async function startAttempt(trx: Trx, order: OrderRow, actor: Actor): Promise<string> {
  if (order.state !== 'pending') throw refusal('order', order.state);
  if (order.is_overdue) throw refusal('order', 'expired');
  await advance(trx, order, { payment: 'start' }, actor);
  const paymentId = randomUUIDv7();
  await insertPayment(trx, { id: paymentId, orderId: order.id, amountMinor: order.total_minor, currency: order.currency });
  return paymentId;
}

/** Commits what became of an attempt, and sends what has to go back. Throws AppError `not_found`. */
export async function recordOutcome(deps: PaymentDeps, paymentId: string, outcome: PaymentOutcome, actor: Actor): Promise<void> {
  const { refundIds, order } = await deps.db.transaction().execute((trx) => settlePayment(trx, deps.region, paymentId, outcome, actor));
  if (order === 'expired') deps.figures?.expired(1);
  else if (order !== undefined) deps.figures?.confirmed(order.confirmed);
  await sendRefunds(deps, refundIds);
}
