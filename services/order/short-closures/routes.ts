import { Type } from 'typebox';

import { Order, ShortClosureCreation } from '#contracts/order.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import { actorOf, refundRoles } from '../access.ts';
import type { OrderDeps } from '../deps.ts';
import { orderExample, shortClosedExample } from '../examples.ts';
import { keyedRequestOf } from '../once.ts';
import { sendOrder } from '../orders/send.ts';
import { shortCloseOrder } from './service.ts';

export function registerShortClosures(app: App, deps: OrderDeps): void {
  const close = operation({
    id: 'shortCloseOrder',
    summary:
      'Gives up the rest of a partly shipped order, and pays back what was paid for it; what is lost, damaged or out of stock leaves stock, what is withdrawn can be sold again',
    access: { roles: refundRoles },
    request: { params: Type.Object({ id: Uuid }), body: ShortClosureCreation },
    answers: { 201: Order },
    errors: ['not_found', 'state_conflict'],
    example: { params: { id: orderExample.id }, body: { reason: 'lost' }, answer: shortClosedExample },
    needs: ['idempotency-key'],
    tells: ['etag'],
  });
  app.post('/v1/orders/:id/short-closure', close, async (request, reply) => {
    const { id } = request.params;
    const keyed = keyedRequestOf(request, `order:${id}`);
    await shortCloseOrder(deps, id, keyed, request.body, actorOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return sendOrder(reply.code(201), deps.db, id, 'staff');
  });
}
