import { Type } from 'typebox';

import { Order, ReturnCreation } from '#contracts/order.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import { actorOf, refundRoles } from '../access.ts';
import type { OrderDeps } from '../deps.ts';
import { orderExample, returnExample } from '../examples.ts';
import { keyedRequestOf } from '../once.ts';
import { sendOrder } from '../orders/send.ts';
import { returnGoods } from './service.ts';

export function registerReturns(app: App, deps: OrderDeps): void {
  const create = operation({
    id: 'returnGoods',
    summary: 'Records what has come back of a delivered order, and pays back its share',
    access: { roles: refundRoles },
    request: { params: Type.Object({ id: Uuid }), body: ReturnCreation },
    answers: { 201: Order },
    errors: ['not_found', 'already_exists', 'state_conflict', 'reference_missing', 'foreign_home_region'],
    example: { params: { id: orderExample.id }, body: returnExample, answer: orderExample },
    needs: ['idempotency-key'],
    tells: ['etag'],
  });
  app.post('/v1/orders/:id/returns', create, async (request, reply) => {
    const { id } = request.params;
    const keyed = keyedRequestOf(request, `order:${id}`);
    await returnGoods(deps, id, keyed, request.body, actorOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return sendOrder(reply.code(201), deps.db, id, 'staff');
  });
}
