import { BulkRequest } from '#contracts/catalog.ts';
import type { App } from '#platform/app.ts';

import type { CatalogDeps } from '../deps.ts';
import { asStaff } from '../writes.ts';
import { applyBulk } from './bulk.ts';

/** A thousand items with long names stay well below; what is larger is no bulk request of ours. */
const BODY_LIMIT_BYTES = 1024 * 1024;

export function registerBulk(app: App, deps: CatalogDeps): void {
  app.post('/v1/products/bulk', { schema: { body: BulkRequest }, bodyLimit: BODY_LIMIT_BYTES }, async (request) => ({
    results: await asStaff(deps, request, () => applyBulk(deps.db, request.body.items)),
  }));
}
