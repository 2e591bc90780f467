import { Swept } from '#contracts/order.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { traceparentOf } from '#platform/trace.ts';

import type { OrderDeps } from '../deps.ts';
import { sweep } from './sweep.ts';

const MOST = 100;

export function registerSweep(app: App, deps: OrderDeps): void {
  const run = operation({
    id: 'sweepOrders',
    summary:
      'Asks about payments and refunds that have been open for a minute, and lets orders expire whose time is up: a hundred of each at most',
    access: { roles: ['operator', 'admin'] },
    request: {},
    answers: { 200: Swept },
    errors: [],
    example: { answer: { payments: 1, refunds: 0, expired: 3 } },
  });
  app.post('/v1/orders/sweep', run, async (request) => sweep(deps, MOST, traceparentOf(request.trace)));
}
