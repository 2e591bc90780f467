import { Type } from 'typebox';

import { CreditNotes } from '#contracts/credit-note.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { orderOwner, viewerOf } from '../access.ts';
import { orderToken } from '../owner.ts';
import type { OrderDeps } from '../deps.ts';
import { creditNoteExample } from '../examples.ts';
import { listCreditNotes } from './service.ts';

export function registerCreditNotes(app: App, deps: OrderDeps): void {
  const list = operation({
    id: 'listCreditNotes',
    summary: 'The credit notes of an order, the first one first: what was taken back of its invoice',
    access: orderOwner,
    reads: orderToken,
    request: { params: Type.Object({ id: Uuid }) },
    answers: { 200: CreditNotes },
    errors: ['not_found'],
    example: { params: { id: creditNoteExample.orderId }, answer: { items: [creditNoteExample] } },
  });
  app.get('/v1/orders/:id/credit-notes', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listCreditNotes(deps, request.params.id, viewerOf(request))),
  );
}
