import { Type } from 'typebox';

import { Invoice } from '#contracts/invoice.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { orderOwner, viewerOf } from '../access.ts';
import { orderToken } from '../owner.ts';
import type { OrderDeps } from '../deps.ts';
import { invoiceExample } from '../examples.ts';
import { getInvoice } from './service.ts';

export function registerInvoices(app: App, deps: OrderDeps): void {
  const get = operation({
    id: 'getInvoice',
    summary: 'The invoice of an order that is paid',
    access: orderOwner,
    reads: orderToken,
    request: { params: Type.Object({ id: Uuid }) },
    answers: { 200: Invoice },
    errors: ['not_found'],
    example: { params: { id: invoiceExample.orderId }, answer: invoiceExample },
  });
  app.get('/v1/orders/:id/invoice', get, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await getInvoice(deps, request.params.id, viewerOf(request))),
  );
}
