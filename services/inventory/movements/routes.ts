import { Movement, MovementListQuery } from '#contracts/inventory.ts';
import { pageOf } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, stockReaders } from '../deps.ts';
import { ids, movementExample, pageWith } from '../examples.ts';
import { listMovements } from './service.ts';

export function registerMovements(app: App, { db }: InventoryDeps): void {
  const list = operation({
    id: 'listMovements',
    summary: 'A page of the ledger, the latest first; `total` stops at 10,001',
    access: { roles: stockReaders },
    request: { querystring: MovementListQuery },
    answers: { 200: pageOf(Movement) },
    errors: [],
    example: { query: { productId: ids.productId, kind: 'reserved' }, answer: pageWith(movementExample) },
  });
  app.get('/v1/movements', list, async (request) => listMovements(db, request.query));
}
