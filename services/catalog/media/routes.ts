import { Type } from 'typebox';

import { Medium, MediumChange, MediumCreation, MediumList } from '#contracts/catalog-content.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { deleteSynced } from '#platform/entity/synced.repository.ts';
import { commitAndPublish, deleteAndPublish, present, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { mediumExample, productExample } from '../examples.ts';
import { isStaff } from '../products/reader.ts';
import { addMedium, changeMedium, listMedia } from './service.ts';

const params = Type.Object({ id: Uuid });
const staff = { roles: staffRoles };
const ofExample = { id: mediumExample.id };
const { url, altEn, altZh } = mediumExample;

export function registerMedia(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listMedia',
    summary: "Links to a product's pictures and films, in their order",
    access: { roles: 'anyone' },
    request: { params },
    answers: { 200: MediumList },
    errors: ['not_found'],
    example: { params: { id: productExample.id }, answer: { items: [mediumExample] } },
  });
  app.get('/v1/products/:id/media', list, async (request, reply) =>
    reply.header('vary', 'authorization').send({ items: await listMedia(db, request.params.id, isStaff(request)) }),
  );

  const add = operation({
    id: 'addMedium',
    summary: 'Links a picture or a film to a product; its id is made from the two',
    access: staff,
    request: { params, body: MediumCreation },
    answers: { 201: Medium },
    errors: ['not_found', 'already_exists', 'limit_reached'],
    example: { params: { id: productExample.id }, body: { url, altEn, altZh }, answer: mediumExample },
    tells: ['etag'],
  });
  app.post('/v1/products/:id/media', add, async (request, reply) =>
    sendItem(reply.code(201), await commitAndPublish(deps, request, () => addMedium(db, request.params.id, request.body))),
  );

  const change = operation({
    id: 'changeMedium',
    summary: 'Changes texts, kind or place of a link',
    access: staff,
    request: { params, body: MediumChange },
    answers: { 200: Medium },
    errors: ['not_found'],
    example: { params: ofExample, body: { altZh }, answer: mediumExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/media/:id', change, async (request, reply) => {
    const work = async () => changeMedium(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await commitAndPublish(deps, request, work)));
  });

  const remove = deletion({
    id: 'deleteMedium',
    summary: 'Takes a link from its product, and leaves a tombstone whose stamp is answered',
    params,
    example: ofExample,
  });
  app.delete('/v1/media/:id', remove, async (request, reply) =>
    deleteAndPublish(deps, request, reply, async () => deleteSynced(db, 'catalog.medium', request.params.id, ifMatchOf(request))),
  );
}
