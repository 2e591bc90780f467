import { Type } from 'typebox';

import { Order, ShipmentCreation } from '#contracts/order.ts';
import { Uuid } from '#contracts/values.ts';
import type { Role } from '#platform/access.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import { actorOf } from '../access.ts';
import type { OrderDeps } from '../deps.ts';
import { orderExample, shipmentExample } from '../examples.ts';
import { keyedRequestOf } from '../once.ts';
import { sendOrder } from '../orders/send.ts';
import { deliverShipment, shipOrder } from './service.ts';

const params = Type.Object({ id: Uuid });
const shipmentParams = Type.Object({ id: Uuid, shipmentId: Uuid });
const warehouse: { readonly roles: readonly Role[] } = { roles: ['warehouse', 'admin'] };

export function registerFulfilment(app: App, deps: OrderDeps): void {
  const ship = operation({
    id: 'shipOrder',
    summary: 'Ships some or all of what is allocated',
    access: warehouse,
    request: { params, body: ShipmentCreation },
    answers: { 201: Order },
    errors: ['not_found', 'state_conflict', 'reference_missing'],
    example: { params: { id: orderExample.id }, body: shipmentExample, answer: orderExample },
    needs: ['idempotency-key'],
    tells: ['etag'],
  });
  app.post('/v1/orders/:id/shipments', ship, async (request, reply) => {
    const { id } = request.params;
    const keyed = keyedRequestOf(request, `order:${id}`);
    await shipOrder(deps.db, id, keyed, request.body, actorOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return sendOrder(reply.code(201), deps.db, id, 'staff');
  });

  const deliver = operation({
    id: 'deliverShipment',
    summary: 'Records that a shipment has arrived; with the last one the order is completed',
    access: warehouse,
    request: { params: shipmentParams },
    answers: { 200: Order },
    errors: ['not_found'],
    example: { params: { id: orderExample.id, shipmentId: '019ca8d3-3e4d-7c7f-9021-3d4e5f607182' }, answer: orderExample },
    tells: ['etag'],
  });
  app.post('/v1/orders/:id/shipments/:shipmentId/delivery', deliver, async (request, reply) => {
    const { id, shipmentId } = request.params;
    await deliverShipment(deps.db, id, shipmentId, actorOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return sendOrder(reply, deps.db, id, 'staff');
  });
}
