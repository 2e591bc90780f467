import { Type } from 'typebox';

import { ListedStore, Store, StoreChange, StoreCreation, StoreListQuery, StoreOpeningQuery } from '#contracts/catalog.ts';
import { Opening } from '#contracts/opening-hours.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { commitAndPublish, deleteAndPublish, present, sendCreated, sendItem } from '#platform/entity/writes.ts';
import { operation } from '#platform/routes/operation.ts';

import { deletion } from '../deletion.ts';
import { type CatalogDeps, staffRoles } from '../deps.ts';
import { openingExample, pageWith, storeExample } from '../examples.ts';
import { deleteStore } from './deletion.repository.ts';
import { changeStore, createStore, getOpening, getStore, listStores } from './service.ts';

const params = Type.Object({ id: Uuid });
const anyone = { roles: 'anyone' } as const;
const staff = { roles: staffRoles };
const ofExample = { id: storeExample.id };

export function registerStores(app: App, deps: CatalogDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listStores',
    summary: 'A page of stores; with `near`, the nearest first, with their distance and whether they are open now',
    access: anyone,
    request: { querystring: StoreListQuery },
    answers: { 200: pageOf(ListedStore) },
    errors: [],
    example: {
      query: { near: '51.5145,-0.0755', radiusMetres: 5_000, limit: 20 },
      answer: pageWith({ ...storeExample, distanceMetres: 534, opening: openingExample }),
    },
  });
  app.get('/v1/stores', list, async (request) => listStores(db, request.query, Date.now()));

  const get = operation({
    id: 'getStore',
    summary: 'One store',
    access: anyone,
    request: { params },
    answers: { 200: Store },
    errors: ['not_found'],
    example: { params: ofExample, answer: storeExample },
    tells: ['etag'],
  });
  app.get('/v1/stores/:id', get, async (request, reply) => sendItem(reply, await getStore(db, request.params.id)));

  const opening = operation({
    id: 'getStoreOpening',
    summary: 'Whether a store is open, now or at an instant, and when that changes',
    access: anyone,
    request: { params, querystring: StoreOpeningQuery },
    answers: { 200: Opening },
    errors: ['not_found'],
    example: { params: ofExample, query: { at: '2026-03-28T12:00:00Z' }, answer: openingExample },
  });
  app.get('/v1/stores/:id/opening', opening, async (request) =>
    getOpening(db, request.params.id, request.query.at ?? new Date().toISOString()),
  );

  const create = operation({
    id: 'createStore',
    summary: 'A new store; its id is made from the code',
    access: staff,
    request: { body: StoreCreation },
    answers: { 201: Store },
    errors: ['already_exists'],
    example: {
      body: {
        code: storeExample.code,
        name: storeExample.name,
        city: storeExample.city,
        country: storeExample.country,
        openingHours: storeExample.openingHours,
      },
      answer: storeExample,
    },
    tells: ['etag', 'location'],
  });
  app.post('/v1/stores', create, async (request, reply) =>
    sendCreated(reply, '/v1/stores', await commitAndPublish(deps, request, () => createStore(db, request.body))),
  );

  const change = operation({
    id: 'changeStore',
    summary: 'Changes what the body names',
    access: staff,
    request: { params, body: StoreChange },
    answers: { 200: Store },
    errors: ['not_found'],
    example: { params: ofExample, body: { name: storeExample.name }, answer: storeExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/stores/:id', change, async (request, reply) => {
    const work = async () => changeStore(db, request.params.id, ifMatchOf(request), request.body);
    return sendItem(reply, present(await commitAndPublish(deps, request, work)));
  });

  const remove = deletion({
    id: 'deleteStore',
    summary: 'Deletes a store, and leaves a tombstone whose stamp is answered',
    params,
    example: ofExample,
  });
  app.delete('/v1/stores/:id', remove, async (request, reply) =>
    deleteAndPublish(deps, request, reply, async () => deleteStore(db, request.params.id, ifMatchOf(request))),
  );
}
