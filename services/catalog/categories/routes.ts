import { Type } from 'typebox';

import { CategoryChange, CategoryCreation, CategoryListQuery, Uuid } from '#contracts/catalog.ts';
import type { App } from '#platform/app.ts';

import type { CatalogDeps } from '../deps.ts';
import { ifMatchOf } from '../if-match.ts';
import { deleteSynced } from '../synced.repository.ts';
import { asStaff, deleteAsStaff, present, sendCreated, sendItem } from '../writes.ts';
import { changeCategory, createCategory, getCategory, listCategories } from './service.ts';

const params = Type.Object({ id: Uuid });

export function registerCategories(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  app.get('/v1/categories', { schema: { querystring: CategoryListQuery } }, async (request) => listCategories(db, request.query));

  app.get('/v1/categories/:id', { schema: { params } }, async (request, reply) =>
    sendItem(reply, await getCategory(db, request.params.id)),
  );

  app.post('/v1/categories', { schema: { body: CategoryCreation } }, async (request, reply) =>
    sendCreated(reply, '/v1/categories', await asStaff(deps, request, () => createCategory(db, request.body), 'parentId')),
  );

  app.patch('/v1/categories/:id', { schema: { params, body: CategoryChange } }, async (request, reply) => {
    const work = async () => changeCategory(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await asStaff(deps, request, work, 'parentId')));
  });

  app.delete('/v1/categories/:id', { schema: { params } }, async (request, reply) =>
    deleteAsStaff(deps, request, reply, async () => deleteSynced(db, 'catalog.category', request.params.id, ifMatchOf(request))),
  );
}
