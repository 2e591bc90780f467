import { AppError } from '#platform/errors.ts';

import { wholeOf, writeCreditNote } from '../credit-notes/service.ts';
import type { OrderDeps } from '../deps.ts';
import { findOwnPayment } from '../payments/payments.repository.ts';
import { requestRefund, sendRefunds } from '../refunds/send.ts';
import { advance, type Actor } from '../states/advance.ts';
import { release } from '../stock.repository.ts';
import { lockOrder, selectOrderLines, type Viewer } from './orders.repository.ts';

/**
 * Ends an order of which nothing has been shipped: its goods can be sold again, what was paid goes back, and what was invoiced is credited. One that is cancelled already is no change. Throws AppError
 * `not_found` or `state_conflict`.
 */
export async function cancelOrder(
  deps: Pick<OrderDeps, 'db' | 'region' | 'provider' | 'log' | 'figures'>,
  orderId: string,
  viewer: Viewer,
  actor: Actor,
): Promise<void> {
  const cancelled = await deps.db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, viewer);
    if (order === undefined) throw new AppError('not_found');
    if (order.state === 'cancelled') return undefined;
    await advance(trx, order, { order: 'cancel', ...(order.fulfilment_state === 'none' ? {} : { fulfilment: 'cancel' }) }, actor);
    const payment = await findOwnPayment(trx, order.id);
    const refundId = payment && (await requestRefund(trx, payment, Number(payment.amount_minor), 'cancelled'));
    await release(trx, order.id);
    if (payment !== undefined) {
      await writeCreditNote(trx, deps.region, {
        orderId: order.id,
        returnId: null,
        credit: wholeOf(order, await selectOrderLines(trx, order.id)),
      });
    }
    return { refundId };
  });
  if (cancelled === undefined) return;
  deps.figures?.cancelled();
  if (cancelled.refundId !== undefined) await sendRefunds(deps, [cancelled.refundId]);
}
