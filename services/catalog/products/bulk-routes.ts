import { Type } from 'typebox';

import { BulkRequest, BulkResult } from '#contracts/catalog.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { type CatalogDeps, staffRoles } from '../deps.ts';
import { productCreationExample, productExample } from '../examples.ts';
import { applyBulk } from './bulk.ts';

/** A thousand items with long names stay well below; what is larger is no bulk request of ours. */
const BODY_LIMIT_BYTES = 1024 * 1024;

export function registerBulk(app: App, deps: CatalogDeps): void {
  const bulk = operation({
    id: 'applyBulk',
    summary: 'Creates and prices up to a thousand products; each item is answered by itself; a price of the future is refused',
    access: { roles: staffRoles },
    request: { body: BulkRequest },
    answers: { 200: Type.Object({ results: Type.Array(BulkResult) }) },
    errors: [],
    example: {
      body: { items: [{ ...productCreationExample, pricedAt: productExample.pricedAt }] },
      answer: { results: [{ status: 'created', id: productExample.id, stamp: productExample.stamp }] },
    },
  });
  app.post('/v1/products/bulk', { ...bulk, bodyLimit: BODY_LIMIT_BYTES }, async (request) => ({
    results: await commitAndPublish(deps, request, () => applyBulk(deps.db, request.body.items)),
  }));
}
