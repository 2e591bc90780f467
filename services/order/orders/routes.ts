import { Type } from 'typebox';

import { Order, OrderListQuery, OrderSummary } from '#contracts/order.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import { actorOf, mayPayBack, orderOwner, ownOnly, signedIn, viewerOf } from '../access.ts';
import { orderToken } from '../owner.ts';
import type { OrderDeps } from '../deps.ts';
import { orderExample, summaryExample } from '../examples.ts';
import { cancelOrder } from './cancel.ts';
import { sendOrder } from './send.ts';
import { listOrders } from './service.ts';

const params = Type.Object({ id: Uuid });

export function registerOrders(app: App, deps: OrderDeps): void {
  const list = operation({
    id: 'listOrders',
    summary: 'A page of the caller’s orders, or of all for staff; the newest first',
    access: { roles: signedIn, own: ownOnly },
    request: { querystring: OrderListQuery },
    answers: { 200: pageOf(OrderSummary) },
    errors: [],
    example: {
      query: { state: 'confirmed', createdFrom: '2026-03-01T00:00:00Z', limit: 20 },
      answer: { items: [summaryExample], pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null }, total: 1 },
    },
  });
  app.get('/v1/orders', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listOrders(deps.db, request.query, viewerOf(request))),
  );

  const get = operation({
    id: 'getOrder',
    summary: 'One order with all that belongs to it',
    access: orderOwner,
    reads: orderToken,
    request: { params },
    answers: { 200: Order },
    errors: ['not_found'],
    example: { params: { id: orderExample.id }, answer: orderExample },
    tells: ['etag'],
  });
  app.get('/v1/orders/:id', get, async (request, reply) => sendOrder(reply, deps.db, request.params.id, viewerOf(request)));

  const cancel = operation({
    id: 'cancelOrder',
    summary: 'Ends an order of which nothing has been shipped, and pays back what was paid; sent again, it is no change',
    access: { ...orderOwner, otherwise: `${orderOwner.otherwise}; of what is paid, its owner, support and admin alone` },
    reads: orderToken,
    request: { params },
    answers: { 200: Order },
    errors: ['not_found', 'state_conflict', 'forbidden'],
    example: { params: { id: orderExample.id }, answer: { ...orderExample, state: 'cancelled', fulfilmentState: 'cancelled' } },
    tells: ['etag'],
  });
  app.post('/v1/orders/:id/cancellation', cancel, async (request, reply) => {
    const { id } = request.params;
    const viewer = viewerOf(request);
    await cancelOrder(deps, id, viewer, { actor: actorOf(request), mayPayBack: (order) => mayPayBack(request, order) });
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return sendOrder(reply, deps.db, id, viewer);
  });
}
