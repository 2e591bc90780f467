import { StockChanged, TransferCreation } from '#contracts/inventory.ts';
import type { App } from '#platform/app.ts';
import { sendIdempotent } from '#platform/idempotency/with-idempotency.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, warehouseRoles } from '../deps.ts';
import { changedExample, transferExample } from '../examples.ts';
import { changeStock } from '../stock/change.ts';
import { transfer } from './service.ts';

export function registerTransfers(app: App, deps: InventoryDeps): void {
  const create = operation({
    id: 'createTransfer',
    summary: 'Goods that have gone from one store to another: all lines or none',
    access: { roles: warehouseRoles },
    request: { body: TransferCreation },
    answers: { 201: StockChanged },
    errors: ['out_of_stock', 'reference_missing', 'foreign_home_region'],
    example: { body: transferExample, answer: changedExample },
    needs: ['idempotency-key'],
  });
  app.post('/v1/transfers', create, async (request, reply) =>
    sendIdempotent(reply, await changeStock(deps, request, (trx, actor) => transfer(trx, request.body, actor))),
  );
}
