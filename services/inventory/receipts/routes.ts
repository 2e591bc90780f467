import { ReceiptCreation, StockChanged } from '#contracts/inventory.ts';
import type { App } from '#platform/app.ts';
import { sendIdempotent } from '#platform/idempotency/with-idempotency.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, warehouseRoles } from '../deps.ts';
import { changedExample, receiptExample } from '../examples.ts';
import { changeStock } from '../stock/change.ts';
import { receive } from './service.ts';

export function registerReceipts(app: App, deps: InventoryDeps): void {
  const create = operation({
    id: 'createReceipt',
    summary: 'Goods that have come in: adds them to a store’s stock',
    access: { roles: warehouseRoles },
    request: { body: ReceiptCreation },
    answers: { 201: StockChanged },
    errors: ['reference_missing', 'foreign_home_region'],
    example: { body: receiptExample, answer: changedExample },
    needs: ['idempotency-key'],
  });
  app.post('/v1/receipts', create, async (request, reply) =>
    sendIdempotent(reply, await changeStock(deps, request, (trx, actor) => receive(trx, request.body, actor))),
  );
}
