import { CountCreation, StockChanged } from '#contracts/inventory.ts';
import type { App } from '#platform/app.ts';
import { sendIdempotent } from '#platform/idempotency/with-idempotency.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, warehouseRoles } from '../deps.ts';
import { changedExample, countExample } from '../examples.ts';
import { changeStock } from '../stock/change.ts';
import { count } from './service.ts';

export function registerCounts(app: App, deps: InventoryDeps): void {
  const create = operation({
    id: 'createCount',
    summary: 'What was counted on the shelves: sets a store’s stock to it',
    access: { roles: warehouseRoles },
    request: { body: CountCreation },
    answers: { 201: StockChanged },
    errors: ['count_below_reserved', 'reference_missing', 'foreign_home_region'],
    example: { body: countExample, answer: changedExample },
    needs: ['idempotency-key'],
  });
  app.post('/v1/counts', create, async (request, reply) =>
    sendIdempotent(reply, await changeStock(deps, request, (trx, actor) => count(trx, request.body, actor))),
  );
}
