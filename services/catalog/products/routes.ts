import { Type } from 'typebox';

import { ProductChange, ProductCreation, ProductListQuery, Uuid } from '#contracts/catalog.ts';
import type { App } from '#platform/app.ts';

import { type CatalogDeps, staffRoles } from '../deps.ts';
import { ifMatchOf } from '../if-match.ts';
import { deleteSynced } from '../synced.repository.ts';
import { asStaff, deleteAsStaff, present, sendCreated, sendItem } from '../writes.ts';
import { changeProduct, createProduct, getProduct, listProducts } from './service.ts';

const params = Type.Object({ id: Uuid });

export function registerProducts(app: App, deps: CatalogDeps): void {
  const { db, access } = deps;
  const isStaff = async (request: Parameters<typeof access.callerOf>[0]): Promise<boolean> => {
    const caller = await access.callerOf(request);
    return caller !== undefined && staffRoles.includes(caller.role);
  };

  app.get('/v1/products', { schema: { querystring: ProductListQuery } }, async (request, reply) =>
    reply.header('vary', 'authorization').send(await listProducts(db, request.query, await isStaff(request))),
  );

  app.get('/v1/products/:id', { schema: { params } }, async (request, reply) =>
    sendItem(reply.header('vary', 'authorization'), await getProduct(db, request.params.id, await isStaff(request))),
  );

  app.post('/v1/products', { schema: { body: ProductCreation } }, async (request, reply) =>
    sendCreated(reply, '/v1/products', await asStaff(deps, request, () => createProduct(db, request.body), 'categoryId')),
  );

  app.patch('/v1/products/:id', { schema: { params, body: ProductChange } }, async (request, reply) => {
    const work = async () => changeProduct(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await asStaff(deps, request, work, 'categoryId')));
  });

  app.delete('/v1/products/:id', { schema: { params } }, async (request, reply) =>
    deleteAsStaff(deps, request, reply, async () => deleteSynced(db, 'catalog.product', request.params.id, ifMatchOf(request))),
  );
}
