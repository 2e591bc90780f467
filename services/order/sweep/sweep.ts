import type { Swept } from '#contracts/order.ts';
import { createPlaces } from '#platform/places.ts';

import type { OrderDeps, Trx } from '../deps.ts';
import { lockOrder } from '../orders/orders.repository.ts';
import { claimOpenPayments } from '../payments/payments.repository.ts';
import { recordOutcome, type PaymentDeps } from '../payments/service.ts';
import { claimOpenRefunds } from '../refunds/refunds.repository.ts';
import { sendRefunds } from '../refunds/send.ts';
import { advance } from '../states/advance.ts';
import { expireReservations } from '../stock.repository.ts';
import { lockOverdueOrders, type Overdue } from './sweep.repository.ts';

const ASKED_AT_ONCE = 5;

export type SweepDeps = PaymentDeps & Pick<OrderDeps, 'publisher'>;

/**
 * Looks after what was left half-way, at most `most` of each kind. Pending orders of which nothing is being paid expire first, so that a provider that is slow keeps
 * nobody's goods; then the provider is asked about attempts and refunds that have been open for a minute; then those expire that waited for that. One that goes wrong
 * keeps no other from its turn: what went wrong is thrown at the end, as an AggregateError. Several may run at once, in any number of processes. When
 * `isStopping` nothing more is asked.
 */
export async function sweep(
  deps: SweepDeps,
  most: number,
  traceparent: string | undefined,
  isStopping: () => boolean = () => false,
): Promise<Swept> {
  const faults: unknown[] = [];
  const trying = async <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      faults.push(error);
      return undefined;
    }
  };
  const places = createPlaces(ASKED_AT_ONCE);
  const each = (ids: readonly string[] = [], work: (id: string) => Promise<void>) =>
    ids.map((id) => places.run(async () => (isStopping() ? undefined : trying(() => work(id)))));

  const unasked = await trying(() => expireOrders(deps, most, 'that nobody pays'));
  const paymentIds = await trying(() => claimOpenPayments(deps.db, most));
  const refundIds = await trying(() => claimOpenRefunds(deps.db, most));
  await Promise.all([...each(paymentIds, (id) => askAbout(deps, id)), ...each(refundIds, (id) => sendRefunds(deps, [id]))]);
  const answered = isStopping() ? 0 : await trying(() => expireOrders(deps, most, 'all'));

  const swept = { payments: paymentIds?.length ?? 0, refunds: refundIds?.length ?? 0, expired: (unasked ?? 0) + (answered ?? 0) };
  if (swept.expired > 0) deps.figures?.expired(swept.expired);
  if (swept.payments + swept.refunds + swept.expired > 0) await trying(() => deps.publisher.afterCommit(traceparent));
  if (faults.length > 0) throw new AggregateError(faults, 'parts of a sweep went wrong');
  return swept;
}

async function askAbout(deps: SweepDeps, paymentId: string): Promise<void> {
  const outcome = await deps.provider.lookUp(paymentId);
  // What the provider has not heard of within a minute it will hardly hear of any more: the request was given up long ago. If it does, the money goes back.
  await recordOutcome(deps, paymentId, outcome === 'absent' ? 'failed' : outcome, 'system');
}

const expireOrders = ({ db }: SweepDeps, most: number, which: Overdue): Promise<number> =>
  db.transaction().execute(async (trx: Trx) => {
    const orderIds = await lockOverdueOrders(trx, most, which);
    if (orderIds.length === 0) return 0;
    for (const orderId of orderIds) {
      const order = await lockOrder(trx, orderId, 'staff');
      if (order !== undefined) await advance(trx, order, { order: 'expire' }, 'system');
    }
    await expireReservations(trx, orderIds);
    return orderIds.length;
  });
