import { AppError } from '#platform/errors.ts';

import { wholeOf, writeCreditNote } from '../credit-notes/service.ts';
import type { OrderDeps } from '../deps.ts';
import { findOwnPayment } from '../payments/payments.repository.ts';
import { requestRefund, sendRefunds } from '../refunds/send.ts';
import { advance, type Actor } from '../states/advance.ts';
import { release } from '../stock.repository.ts';
import { lockOrder, selectOrderLines, type OrderRow, type Viewer } from './orders.repository.ts';

/**
 * Ends an order of which nothing has been shipped: its goods can be sold again, what was paid goes back, and what was invoiced is credited. One that is cancelled already is no change. Throws AppError
 * `not_found`, `forbidden` where it is paid and `by` may not pay back, or `state_conflict`.
 */
export async function cancelOrder(
  deps: Pick<OrderDeps, 'db' | 'region' | 'provider' | 'log' | 'figures'>,
  orderId: string,
  viewer: Viewer,
  by: { readonly actor: Actor; readonly mayPayBack: (order: OrderRow) => boolean },
): Promise<void> {
  const cancelled = await deps.db.transaction().execute(async (trx) => {
    const order = await lockOrder(trx, orderId, viewer);
    if (order === undefined) throw new AppError('not_found');
    if (order.state === 'cancelled') return undefined;
    const payment = await findOwnPayment(trx, order.id);
    if (payment !== undefined && !by.mayPayBack(order))
      throw new AppError('forbidden', { detail: 'It is paid: who decides on refunds cancels it.' });
    await advance(trx, order, { order: 'cancel', ...(order.fulfilment_state === 'none' ? {} : { fulfilment: 'cancel' }) }, by.actor);
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
