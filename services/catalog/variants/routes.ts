import { Type } from 'typebox';

import { Variant, VariantWriting } from '#contracts/catalog-content.ts';
import { variantIdOf } from '#contracts/ids.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchIn, ifMatchOf } from '#platform/entity/if-match.ts';
import { deleteSynced } from '#platform/entity/synced.repository.ts';
import { commitAndPublish, deleteAndPublish, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { variantExample } from '../examples.ts';
import { getVariant, putVariant } from './service.ts';

const params = Type.Object({ id: Uuid });
const staff = { roles: staffRoles };
const ofExample = { id: variantExample.productId };
const { parentId, options } = variantExample;

/** For editors: readers see whose variant a product is on itself, and list a product's variants as products (`parentId`). */
export function registerVariants(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  const get = operation({
    id: 'getVariant',
    summary: 'Of which product this one is a variant',
    access: staff,
    request: { params },
    answers: { 200: Variant },
    errors: ['not_found'],
    example: { params: ofExample, answer: variantExample },
    tells: ['etag'],
  });
  app.get('/v1/products/:id/variant', get, async (request, reply) => sendItem(reply, await getVariant(db, request.params.id)));

  const put = operation({
    id: 'putVariant',
    summary: 'Makes a product a variant of another; If-Match says which version that replaces, where it is one',
    access: staff,
    request: { params, body: VariantWriting },
    answers: { 200: Variant, 201: Variant },
    errors: ['not_found', 'if_match_required', 'stale', 'already_exists', 'state_conflict', 'reference_missing'],
    example: { params: ofExample, body: { parentId, options }, answer: variantExample },
    tells: ['etag'],
  });
  app.put('/v1/products/:id/variant', put, async (request, reply) => {
    const tags = ifMatchIn(request);
    const work = async () => putVariant(db, request.params.id, tags, request.body);
    const { variant, isNew } = await commitAndPublish(deps, request, work, 'parentId');
    return sendItem(reply.code(isNew ? 201 : 200), variant);
  });

  const remove = deletion({
    id: 'deleteVariant',
    summary: 'Lets a product stand for itself again; it leaves a tombstone whose stamp is answered',
    params,
    example: ofExample,
  });
  app.delete('/v1/products/:id/variant', remove, async (request, reply) =>
    deleteAndPublish(deps, request, reply, async () =>
      deleteSynced(db, 'catalog.variant', variantIdOf(request.params.id), ifMatchOf(request)),
    ),
  );
}
