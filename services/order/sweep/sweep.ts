import type { Swept } from '#contracts/order.ts';
import { createPlaces } from '#platform/places.ts';

import type { OrderDeps, Trx } from '../deps.ts';
import { lockOrder } from '../orders/orders.repository.ts';
import { claimOpenPayments } from '../payments/payments.repository.ts';
import { sendRefunds } from '../refunds/send.ts';
import { claimOpenRefunds } from '../refunds/refunds.repository.ts';
import { recordOutcome, type PaymentDeps } from '../payments/service.ts';
import { advance } from '../states/advance.ts';
import { expireReservations } from '../stock.repository.ts';
import { lockOverdueOrders } from './sweep.repository.ts';

const ASKED_AT_ONCE = 5;

export type SweepDeps = PaymentDeps & Pick<OrderDeps, 'publisher'>;

/**
 * Looks after what was left half-way: asks the provider about attempts and refunds that have been open for a minute, and then lets pending orders expire whose time is
 * up. At most `most` of each. Several may run at once, in any number of processes.
 */
export async function sweep(deps: SweepDeps, most: number, traceparent: string | undefined): Promise<Swept> {
  const { db, provider } = deps;
  const places = createPlaces(ASKED_AT_ONCE);
  const paymentIds = await claimOpenPayments(db, most);
  const ask = async (paymentId: string): Promise<void> => {
    const outcome = await provider.lookUp(paymentId);
    // What the provider has not heard of within a minute it will hardly hear of any more: the request was given up long ago. If it does, the money goes back.
    await recordOutcome(deps, paymentId, outcome === 'absent' ? 'failed' : outcome, 'system');
  };
  await Promise.all(paymentIds.map((paymentId) => places.run(() => ask(paymentId))));
  const refundIds = await claimOpenRefunds(db, most);
  await sendRefunds(deps, refundIds);
  const expired = await db.transaction().execute((trx) => expireOrders(trx, most));
  if (expired > 0) deps.figures?.expired(expired);
  if (paymentIds.length + refundIds.length + expired > 0) await deps.publisher.afterCommit(traceparent);
  return { payments: paymentIds.length, refunds: refundIds.length, expired };
}

async function expireOrders(trx: Trx, most: number): Promise<number> {
  const orderIds = await lockOverdueOrders(trx, most);
  if (orderIds.length === 0) return 0;
  for (const orderId of orderIds) {
    const order = await lockOrder(trx, orderId, 'staff');
    if (order !== undefined) await advance(trx, order, { order: 'expire' }, 'system');
  }
  await expireReservations(trx, orderIds);
  return orderIds.length;
}
