import { Type } from 'typebox';

import { StoreChange, StoreCreation, StoreListQuery, Uuid } from '#contracts/catalog.ts';
import type { App } from '#platform/app.ts';

import type { CatalogDeps } from '../deps.ts';
import { ifMatchOf } from '../if-match.ts';
import { deleteSynced } from '../synced.repository.ts';
import { asStaff, deleteAsStaff, present, sendCreated, sendItem } from '../writes.ts';
import { changeStore, createStore, getStore, listStores } from './service.ts';

const params = Type.Object({ id: Uuid });

export function registerStores(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  app.get('/v1/stores', { schema: { querystring: StoreListQuery } }, async (request) => listStores(db, request.query));

  app.get('/v1/stores/:id', { schema: { params } }, async (request, reply) => sendItem(reply, await getStore(db, request.params.id)));

  app.post('/v1/stores', { schema: { body: StoreCreation } }, async (request, reply) =>
    sendCreated(reply, '/v1/stores', await asStaff(deps, request, () => createStore(db, request.body))),
  );

  app.patch('/v1/stores/:id', { schema: { params, body: StoreChange } }, async (request, reply) => {
    const work = async () => changeStore(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await asStaff(deps, request, work)));
  });

  app.delete('/v1/stores/:id', { schema: { params } }, async (request, reply) =>
    deleteAsStaff(deps, request, reply, async () => deleteSynced(db, 'catalog.store', request.params.id, ifMatchOf(request))),
  );
}
