import { Type } from 'typebox';

import { Product } from '#contracts/catalog.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { type CatalogDeps, staffRoles } from '../deps.ts';
import { productExample } from '../examples.ts';
import { setPublication } from './service.ts';

const params = Type.Object({ id: Uuid });
const staff = { roles: staffRoles };
const ofExample = { id: productExample.id };

/** No If-Match: what is asked for is a state, and asking twice does it once. */
export function registerPublication(app: App, deps: CatalogDeps): void {
  const publish = operation({
    id: 'publishProduct',
    summary: 'Shows a draft or an archived product to everybody, and sells it',
    access: staff,
    request: { params },
    answers: { 200: Product },
    errors: ['not_found'],
    example: { params: ofExample, answer: productExample },
    tells: ['etag'],
  });
  app.post('/v1/products/:id/publish', publish, async (request, reply) =>
    sendItem(reply, await commitAndPublish(deps, request, () => setPublication(deps.db, request.params.id, 'publish'))),
  );

  const archive = operation({
    id: 'archiveProduct',
    summary: 'Takes a product from the shop, and keeps it: orders and staff still know it',
    access: staff,
    request: { params },
    answers: { 200: Product },
    errors: ['not_found'],
    example: { params: ofExample, answer: { ...productExample, state: 'archived' } },
    tells: ['etag'],
  });
  app.post('/v1/products/:id/archive', archive, async (request, reply) =>
    sendItem(reply, await commitAndPublish(deps, request, () => setPublication(deps.db, request.params.id, 'archive'))),
  );
}
