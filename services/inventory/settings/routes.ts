import { InventorySettings } from '#contracts/inventory.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, stockReaders } from '../deps.ts';
import { settingsExample } from '../examples.ts';
import { chooseStore } from './service.ts';
import { findSettings } from './settings.repository.ts';

export function registerSettings(app: App, deps: InventoryDeps): void {
  const { db } = deps;

  const get = operation({
    id: 'getInventorySettings',
    summary: 'Which store orders are taken from where they name none',
    access: { roles: stockReaders },
    request: {},
    answers: { 200: InventorySettings },
    errors: [],
    example: { answer: settingsExample },
  });
  app.get('/v1/stock/settings', get, async () => findSettings(db));

  const put = operation({
    id: 'putInventorySettings',
    summary: 'Chooses the region’s online store; its availability is that store’s from then on',
    access: { roles: ['admin'] },
    request: { body: InventorySettings },
    answers: { 200: InventorySettings },
    errors: ['reference_missing', 'foreign_home_region'],
    example: { body: settingsExample, answer: settingsExample },
  });
  app.put('/v1/stock/settings', put, async (request) => {
    await commitAndPublish(deps, request, () => chooseStore(db, request.body.onlineStoreId));
    return findSettings(db);
  });
}
