import { RecordedReturns, RecordedSales, ReturnsRecording, SalesRecording } from '#contracts/sale.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import type { OrderDeps } from '../deps.ts';
import { recordedExample, recordedReturnsExample, returnsExample, salesExample } from '../examples.ts';
import { recordReturns } from './returns.ts';
import { recordSales } from './service.ts';

/** Fifty sales of a hundred lines each. */
const BODY_LIMIT_BYTES = 1024 * 1024;

export function registerSales(app: App, deps: OrderDeps): void {
  const record = operation({
    id: 'recordSales',
    summary:
      'Records sales that were agreed, paid and handed over elsewhere, all or none; a reference that is recorded already is no other sale',
    access: { roles: ['support', 'admin'] },
    request: { body: SalesRecording },
    answers: { 200: RecordedSales },
    errors: ['already_exists', 'reference_missing', 'foreign_home_region', 'not_deliverable', 'amount_too_large', 'out_of_stock'],
    example: { body: salesExample, answer: recordedExample },
  });
  app.post('/v1/orders/sales', { ...record, bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    const recorded = await recordSales(deps, request.body, callerOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return reply.header('cache-control', 'no-store').send(recorded);
  });

  const back = operation({
    id: 'recordReturns',
    summary: 'Records what came back of recorded sales, and was paid back, elsewhere; a reference is taken once for each sale',
    access: { roles: ['support', 'admin'] },
    request: { body: ReturnsRecording },
    answers: { 200: RecordedReturns },
    errors: ['already_exists', 'reference_missing', 'state_conflict'],
    example: { body: returnsExample, answer: recordedReturnsExample },
  });
  app.post('/v1/orders/sales/returns', { ...back, bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    const recorded = await recordReturns(deps, request.body, callerOf(request).role);
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return reply.header('cache-control', 'no-store').send(recorded);
  });
}
