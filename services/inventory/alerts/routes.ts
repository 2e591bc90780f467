import { StockAlert, StockAlertListQuery } from '#contracts/inventory.ts';
import { pageOf } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';
import { operation } from '#platform/routes/operation.ts';

import { type InventoryDeps, stockReaders } from '../deps.ts';
import { alertExample, pageWith } from '../examples.ts';
import { type AlertRow, bySince, selectAlerts } from './alerts.repository.ts';

/** What is low or out, and what was: written where stock changes, see migrations. */
export function registerAlerts(app: App, { db }: InventoryDeps): void {
  const list = operation({
    id: 'listStockAlerts',
    summary: 'What is low or out in which store, the latest first',
    access: { roles: stockReaders },
    request: { querystring: StockAlertListQuery },
    answers: { 200: pageOf(StockAlert) },
    errors: [],
    example: { query: { open: true, kind: 'low' }, answer: pageWith(alertExample) },
  });
  app.get('/v1/stock/alerts', list, async ({ query }) => {
    const order = orderOf(query, '-since', () => bySince.type);
    return pageFrom(await selectAlerts(db, query, order), order, alertOf);
  });
}

function alertOf(row: AlertRow): StockAlert {
  const { id, kind, since } = row;
  return { id, storeId: row.store_id, productId: row.product_id, kind, since, endedAt: row.ended_at };
}
