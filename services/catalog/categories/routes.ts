import { Type } from 'typebox';

import { Category, CategoryChange, CategoryCreation, CategoryListQuery } from '#contracts/catalog.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { deleteSynced } from '#platform/entity/synced.repository.ts';
import { commitAndPublish, deleteAndPublish, present, sendCreated, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { categoryExample, pageWith } from '../examples.ts';
import { changeCategory, createCategory, getCategory, listCategories } from './service.ts';

const params = Type.Object({ id: Uuid });
const anyone = { roles: 'anyone' } as const;
const staff = { roles: staffRoles };
const ofExample = { id: categoryExample.id };

export function registerCategories(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listCategories',
    summary: 'A page of categories',
    access: anyone,
    request: { querystring: CategoryListQuery },
    answers: { 200: pageOf(Category) },
    errors: [],
    example: { query: { limit: 20 }, answer: pageWith(categoryExample) },
  });
  app.get('/v1/categories', list, async (request) => listCategories(db, request.query));

  const get = operation({
    id: 'getCategory',
    summary: 'One category',
    access: anyone,
    request: { params },
    answers: { 200: Category },
    errors: ['not_found'],
    example: { params: ofExample, answer: categoryExample },
    tells: ['etag'],
  });
  app.get('/v1/categories/:id', get, async (request, reply) => sendItem(reply, await getCategory(db, request.params.id)));

  const create = operation({
    id: 'createCategory',
    summary: 'A new category; its id is made from the slug',
    access: staff,
    request: { body: CategoryCreation },
    answers: { 201: Category },
    errors: ['already_exists', 'reference_missing'],
    example: { body: { slug: categoryExample.slug, name: categoryExample.name }, answer: categoryExample },
    tells: ['etag', 'location'],
  });
  app.post('/v1/categories', create, async (request, reply) =>
    sendCreated(reply, '/v1/categories', await commitAndPublish(deps, request, () => createCategory(db, request.body), 'parentId')),
  );

  const change = operation({
    id: 'changeCategory',
    summary: 'Changes what the body names',
    access: staff,
    request: { params, body: CategoryChange },
    answers: { 200: Category },
    errors: ['not_found', 'reference_missing'],
    example: { params: ofExample, body: { name: categoryExample.name }, answer: categoryExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/categories/:id', change, async (request, reply) => {
    const work = async () => changeCategory(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await commitAndPublish(deps, request, work, 'parentId')));
  });

  const remove = deletion({
    id: 'deleteCategory',
    summary: 'Deletes a category, and leaves a tombstone whose stamp is answered',
    params,
    example: ofExample,
  });
  app.delete('/v1/categories/:id', remove, async (request, reply) =>
    deleteAndPublish(deps, request, reply, async () => deleteSynced(db, 'catalog.category', request.params.id, ifMatchOf(request))),
  );
}
