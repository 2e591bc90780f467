import { Availability, AvailabilityQuery } from '#contracts/inventory.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import type { InventoryDeps } from '../deps.ts';
import { availabilityExample, ids } from '../examples.ts';
import { type AvailabilityRow, selectAvailability } from './availability.repository.ts';

export function registerAvailability(app: App, { db }: InventoryDeps): void {
  const get = operation({
    id: 'getAvailability',
    summary: 'How much of each product the online store of each region has, in a word',
    access: { roles: 'anyone' },
    request: { querystring: AvailabilityQuery },
    answers: { 200: Availability },
    errors: [],
    example: { query: { productId: [ids.productId] }, answer: availabilityExample },
  });
  app.get('/v1/availability', get, async ({ query: { productId } }) => availabilityOf(productId, await selectAvailability(db, productId)));
}

/** Each product once, in the order asked for; of what no row tells there is nothing. Pure. */
function availabilityOf(productIds: readonly string[], rows: readonly AvailabilityRow[]): Availability {
  const levels = new Map(rows.map((row) => [`${row.region}/${row.product_id}`, row.level]));
  return {
    items: [...new Set(productIds)].map((productId) => ({
      productId,
      levels: { world: levels.get(`world/${productId}`) ?? 'out', china: levels.get(`china/${productId}`) ?? 'out' },
    })),
  };
}
