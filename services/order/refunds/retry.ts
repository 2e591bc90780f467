import { Type } from 'typebox';

import type { Refund, RefundRetry } from '#contracts/refund.ts';
import { Uuid } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import type { IdempotentRequest } from '#platform/idempotency/request.ts';

import type { OrderDeps } from '../deps.ts';
import { once } from '../once.ts';
import { lockOrder } from '../orders/orders.repository.ts';
import { touchOrder } from '../states/states.repository.ts';
import { refundOf } from './list.ts';
import { findRefund } from './refunds.repository.ts';
import { requestRefund, sendRefunds } from './send.ts';

const Retried = Type.Object({ refundId: Uuid });

/**
 * Has another refund take the place of one that the provider refused, and sends it; one alone, whoever asks. What it becomes is in its state: it may be refused too.
 * Throws AppError `not_found`, `state_conflict` for one that did not fail or is in nobody's debt any more, and those of the key.
 */
export async function retryRefund(
  deps: Pick<OrderDeps, 'db' | 'provider' | 'log'>,
  id: string,
  request: IdempotentRequest,
  how: RefundRetry,
  requestedBy: string,
): Promise<Refund> {
  const { refundId } = await deps.db.transaction().execute(async (trx) => {
    const found = await findRefund(trx, id);
    if (found === undefined) throw new AppError('not_found');
    await lockOrder(trx, found.order_id, 'staff');
    const answer = await once(trx, request, Retried, async () => {
      // Read again: under the order's lock nobody else tries.
      const refused = await findRefund(trx, id);
      if (refused?.state !== 'failed') throw new AppError('state_conflict', { detail: 'This refund was not refused.' });
      if (refused.retried_as !== null) throw new AppError('state_conflict', { detail: 'Another refund has taken the place of this one.' });
      const replacement = { retryOf: id, requestedBy, givenBy: how.givenBy, reference: how.givenBy === 'elsewhere' ? how.reference : null };
      const replacing = await requestRefund(trx, { id: refused.payment_id }, Number(refused.amount_minor), refused.cause, replacement);
      if (replacing === undefined) throw new Error('a refund of nothing was refused');
      await touchOrder(trx, refused.order_id);
      return { refundId: replacing };
    });
    return answer.result;
  });
  await sendRefunds(deps, [refundId]);
  const row = await findRefund(deps.db, refundId);
  if (row === undefined) throw new Error('a refund has gone');
  return refundOf(row);
}
