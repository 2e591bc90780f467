import { Type } from 'typebox';

import { Payment, PaymentStart } from '#contracts/order.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import { actorOf, orderOwner, viewerOf } from '../access.ts';
import { orderToken } from '../owner.ts';
import type { OrderDeps } from '../deps.ts';
import { orderExample, paymentExample } from '../examples.ts';
import { keyedRequestOf } from '../once.ts';
import { payOrder } from './service.ts';

export function registerPayments(app: App, deps: OrderDeps): void {
  const pay = operation({
    id: 'payOrder',
    summary: 'Tries to pay a pending order: 201 when it is known how that ended, 202 while it is not; sent again, it answers how it stands',
    access: orderOwner,
    reads: orderToken,
    request: { params: Type.Object({ id: Uuid }), body: PaymentStart },
    answers: { 201: Payment, 202: Payment },
    errors: ['not_found', 'state_conflict'],
    example: { params: { id: orderExample.id }, body: { method: 'card-ok' }, answer: paymentExample },
    needs: ['idempotency-key'],
  });
  app.post('/v1/orders/:id/payments', pay, async (request, reply) => {
    const { id } = request.params;
    const keyed = keyedRequestOf(request, `order:${id}`);
    const payment = await payOrder(deps, id, viewerOf(request), keyed, request.body.method, actorOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    deps.nudge();
    const isSettled = payment.state === 'captured' || payment.state === 'failed';
    return reply
      .code(isSettled ? 201 : 202)
      .header('cache-control', 'no-store')
      .send(payment);
  });
}
