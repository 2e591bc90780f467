/**
 * Goal: goods come into stores that there are, and of products that there are; what is left of what was deleted elsewhere can still be taken away.
 * Method: each route with an id that names nothing, one field at a time. Planted once: the routes did not ask.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { brokenRules } from '../testing/books.ts';
import { BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let productId: string;
beforeAll(async () => {
  scene = await openScene();
  productId = await scene.product(5);
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const post = (path: string, body: object) => scene.call('POST', path, { as: 'warehouse', body, idempotencyKey: randomUUID() });
const choose = (onlineStoreId: string) => scene.call('PUT', '/v1/stock/settings', { as: 'admin', body: { onlineStoreId } });
const missing = (...fields: readonly string[]) => ({
  status: 422,
  body: { code: 'reference_missing', errors: fields.map((field) => ({ field })) },
});

it('a receipt names the fields whose store or product there is not', async () => {
  const lines = [
    { productId, quantity: 1 },
    { productId: randomUUID(), quantity: 1 },
  ];
  expect(await post('/v1/receipts', { storeId: randomUUID(), lines })).toMatchObject(missing('storeId', 'lines.1.productId'));
  expect(await post('/v1/receipts', { storeId: ONLINE, lines })).toMatchObject(missing('lines.1.productId'));
  expect(await scene.stock(productId)).toEqual([5, 0]);
});

it('a transfer goes to a store that there is', async () => {
  const lines = [{ productId, quantity: 1 }];
  expect(await post('/v1/transfers', { fromStoreId: ONLINE, toStoreId: randomUUID(), lines })).toMatchObject(missing('toStoreId'));
  expect(await scene.stock(productId)).toEqual([5, 0]);
});

it('a count is of a store that there is, and finds nothing of what is no product', async () => {
  expect(await post('/v1/counts', { storeId: randomUUID(), lines: [{ productId, counted: 1 }] })).toMatchObject(missing('storeId'));
  const lines = [
    { productId, counted: 5 },
    { productId: randomUUID(), counted: 1 },
  ];
  expect(await post('/v1/counts', { storeId: ONLINE, lines })).toMatchObject(missing('lines.1.productId'));
});

it('the online store is a store that there is', async () => {
  expect(await choose(randomUUID())).toMatchObject(missing('onlineStoreId'));
  expect((await scene.call('GET', '/v1/stock/settings', { as: 'support' })).body).toEqual({ onlineStoreId: ONLINE });
});

it('what is left of a store and a product that are gone is counted down and taken away', async () => {
  const storeId = await scene.store();
  const left = await scene.product(4, storeId);
  await scene.inspect.query('DELETE FROM catalog.product WHERE id = $1', [left]);
  const move = { fromStoreId: storeId, toStoreId: BRANCH, lines: [{ productId: left, quantity: 1 }] };
  const count = (counted: number) => post('/v1/counts', { storeId, lines: [{ productId: left, counted }] });
  expect(await count(5)).toMatchObject(missing('lines.0.productId'));
  expect((await count(3)).status).toBe(201);
  await scene.inspect.query('DELETE FROM catalog.store WHERE id = $1', [storeId]);
  expect((await post('/v1/transfers', move)).status).toBe(201);
  expect([await scene.stock(left, storeId), await scene.stock(left, BRANCH)]).toEqual([
    [2, 0],
    [1, 0],
  ]);
});
