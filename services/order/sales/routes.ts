import { RecordedSales, SalesRecording } from '#contracts/sale.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import type { OrderDeps } from '../deps.ts';
import { recordedExample, salesExample } from '../examples.ts';
import { recordSales } from './service.ts';

export function registerSales(app: App, deps: OrderDeps): void {
  const record = operation({
    id: 'recordSales',
    summary:
      'Records sales that were agreed, paid and handed over elsewhere, all or none; a reference that is recorded already is no other sale',
    access: { roles: ['support', 'admin'] },
    request: { body: SalesRecording },
    answers: { 200: RecordedSales },
    errors: ['already_exists', 'reference_missing', 'not_deliverable', 'amount_too_large', 'out_of_stock'],
    example: { body: salesExample, answer: recordedExample },
  });
  app.post('/v1/orders/sales', record, async (request, reply) => {
    const recorded = await recordSales(deps, request.body, callerOf(request));
    await deps.publisher.afterCommit(traceparentOf(request.trace));
    return reply.header('cache-control', 'no-store').send(recorded);
  });
}
