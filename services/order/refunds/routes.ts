import { Type } from 'typebox';

import { Refund, RefundListQuery, RefundRetry } from '#contracts/refund.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import { refundRoles } from '../access.ts';
import type { OrderDeps } from '../deps.ts';
import { refusedRefundExample, retryExample } from '../examples.ts';
import { keyedRequestOf } from '../once.ts';
import { listRefunds } from './list.ts';
import { retryRefund } from './retry.ts';

export function registerRefunds(app: App, deps: OrderDeps): void {
  const list = operation({
    id: 'listRefunds',
    summary:
      'A page of what goes back to buyers, the newest first; `owed` is what the provider refused and nobody has settled, or has not answered for a quarter of an hour',
    access: { roles: refundRoles },
    request: { querystring: RefundListQuery },
    answers: { 200: pageOf(Refund) },
    errors: [],
    example: {
      query: { owed: true, limit: 20 },
      answer: { items: [refusedRefundExample], pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null }, total: 1 },
    },
  });
  app.get('/v1/orders/refunds', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listRefunds(deps.db, request.query)),
  );

  const retry = operation({
    id: 'retryRefund',
    summary: 'Pays back what the provider refused: asks it once more, or writes down that the money went back another way',
    access: { roles: refundRoles },
    request: { params: Type.Object({ id: Uuid }), body: RefundRetry },
    answers: { 201: Refund },
    errors: ['not_found', 'state_conflict'],
    example: {
      params: { id: refusedRefundExample.id },
      body: retryExample,
      answer: {
        ...refusedRefundExample,
        ...retryExample,
        id: '019ca8d5-0c11-7a52-8d47-2b9f6e3c1d08',
        state: 'done',
        requestedBy: '5b0f6b7e-3c1d-4f2a-9e55-7f0c2d6a8b13',
        retryOf: refusedRefundExample.id,
      },
    },
    needs: ['idempotency-key'],
  });
  app.post('/v1/orders/refunds/:id/retries', retry, async (request, reply) => {
    const { id } = request.params;
    const refund = await retryRefund(deps, id, keyedRequestOf(request, `refund:${id}`), request.body, callerOf(request).accountId);
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return reply.code(201).header('cache-control', 'no-store').send(refund);
  });
}
