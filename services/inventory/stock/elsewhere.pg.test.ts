/**
 * Goal: no goods come into a store of the other region, are counted there or sold online from there; what is left of it here can be taken away, and no more.
 * Method: each route with such a store, and with one of the region's own in another country. Planted once each: the routes ask `catalog.missing_of`; a transfer is
 * refused for where it comes from; what is low is changed without a look.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import type { Region } from '#contracts/regions.ts';

import { addStore } from '../../testing/catalogue-rows.ts';
import { brokenRules } from '../testing/books.ts';
import { BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';

const scenes: Scene[] = [];
beforeAll(async () => {
  scenes.push(...(await Promise.all([openScene('world'), openScene('china')])));
});
afterAll(() => Promise.all(scenes.map((scene) => scene.close())));
afterEach(async () => {
  for (const { inspect } of scenes) expect(await brokenRules(inspect)).toEqual([]);
});

const foreign = (field: string) => ({ status: 409, body: { code: 'foreign_home_region', errors: [{ field }] } });

/** A scene of `region`, and a store there of the other one. */
async function at(region: Region): Promise<{ readonly scene: Scene; readonly elsewhere: string; readonly post: Scene['call'] }> {
  const scene = scenes[region === 'world' ? 0 : 1];
  if (scene === undefined) throw new Error('the scenes are not open');
  const elsewhere = randomUUID();
  await addStore(scene.inspect, elsewhere, { region: region === 'world' ? 'china' : 'world' });
  const post: Scene['call'] = (method, path, options) =>
    scene.call(method, path, { as: 'warehouse', idempotencyKey: randomUUID(), ...options });
  return { scene, elsewhere, post };
}

it.each(['world', 'china'] as const)('in %s nothing is received, counted or brought into a store of the other region', async (region) => {
  const { scene, elsewhere, post } = await at(region);
  const productId = await scene.product(5);
  const lines = [{ productId, quantity: 1 }];
  expect(await post('POST', '/v1/receipts', { body: { storeId: elsewhere, lines } })).toMatchObject(foreign('storeId'));
  expect(await post('POST', '/v1/counts', { body: { storeId: elsewhere, lines: [{ productId, counted: 0 }] } })).toMatchObject(
    foreign('storeId'),
  );
  expect(await post('POST', '/v1/transfers', { body: { fromStoreId: ONLINE, toStoreId: elsewhere, lines } })).toMatchObject(
    foreign('toStoreId'),
  );
  expect(await scene.stock(productId)).toEqual([5, 0]);
  expect((await scene.inspect.query('SELECT FROM inventory.stock WHERE store_id = $1', [elsewhere])).rowCount).toBe(0);
});

it.each(['world', 'china'] as const)('in %s the online store is one of the region', async (region) => {
  const { scene, elsewhere } = await at(region);
  const choose = (onlineStoreId: string) => scene.call('PUT', '/v1/stock/settings', { as: 'admin', body: { onlineStoreId } });
  expect(await choose(elsewhere)).toMatchObject(foreign('onlineStoreId'));
  expect((await choose(ONLINE)).body).toEqual({ onlineStoreId: ONLINE });
});

it('what there is not is told before whose it is', async () => {
  const { elsewhere, post } = await at('world');
  const lines = [{ productId: randomUUID(), quantity: 1 }];
  expect(await post('POST', '/v1/receipts', { body: { storeId: elsewhere, lines } })).toMatchObject({
    status: 422,
    body: { code: 'reference_missing', errors: [{ field: 'lines.0.productId' }] },
  });
});

it('goods that came there before can be taken to a store of the region', async () => {
  const { scene, post } = await at('china');
  const left = await scene.store();
  const productId = await scene.product(3, left);
  // As a merge leaves it, where both regions made the store while the border was cut.
  await scene.inspect.query('ALTER TABLE catalog.store DISABLE TRIGGER keep_region');
  await scene.inspect.query(`UPDATE catalog.store SET region = 'world' WHERE id = $1`, [left]);
  await scene.inspect.query('ALTER TABLE catalog.store ENABLE TRIGGER keep_region');
  const move = (quantity: number) =>
    post('POST', '/v1/transfers', { body: { fromStoreId: left, toStoreId: BRANCH, lines: [{ productId, quantity }] } });
  const there = await scene.call('GET', `/v1/stock/${left}/${productId}`, { as: 'warehouse' });
  const ifMatch = String(there.headers['etag']);
  expect(await scene.call('PATCH', `/v1/stock/${left}/${productId}`, { as: 'warehouse', ifMatch, body: { lowAt: 1 } })).toMatchObject(
    foreign('storeId'),
  );
  expect((await move(4)).body).toMatchObject({ code: 'out_of_stock' });
  expect((await move(3)).status).toBe(201);
  expect([await scene.stock(productId, left), await scene.stock(productId, BRANCH)]).toEqual([
    [0, 0],
    [3, 0],
  ]);
});
