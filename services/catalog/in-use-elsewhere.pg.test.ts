/**
 * Goal: staff cannot delete here what the other region has goods of, as far as that is known here; what it has none of goes.
 * Method: the routes of the world, with the availability of China's own inventory carried over. Planted once each: `use_of_product` without the other region's rows; the
 * rows of any level; `use_of_store` for stores of this region, too.
 */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { Product, Store } from '#contracts/catalog.ts';
import { etagOf } from '#contracts/stamp.ts';
import { ship } from '#sync/testing/regions.ts';

import { addStore } from '../testing/catalogue-rows.ts';
import { bodyOf, openScene, type Scene } from './testing/scene.ts';

const ONLINE = '00000000-0000-5000-8000-00000000000a';

let world: Scene;
let china: Scene;
let inspect: pg.Pool;
beforeAll(async () => {
  [world, china] = await Promise.all([openScene('world'), openScene('china')]);
  inspect = new pg.Pool({ connectionString: china.urls.url, max: 2 });
  await addStore(inspect, ONLINE);
  await inspect.query('SELECT inventory.choose_online_store($1)', [ONLINE]);
});
afterAll(async () => {
  await inspect.end();
  await Promise.all([world.close(), china.close()]);
});
beforeEach(async () => {
  await inspect.query('UPDATE inventory.stock SET on_hand = 0');
  await carry();
});

async function carry(): Promise<void> {
  const [sender, receiver] = await Promise.all([china.region.open('sync'), world.region.open('sync')]);
  await ship({ sync: sender.pool }, { sync: receiver.pool });
}
/** What China's online store has of a product. */
async function haveInChina(productId: string, onHand: number): Promise<void> {
  await inspect.query('INSERT INTO inventory.stock (store_id, product_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [ONLINE, productId]);
  await inspect.query('UPDATE inventory.stock SET on_hand = $3 WHERE store_id = $1 AND product_id = $2', [ONLINE, productId, onHand]);
}
const newProduct = async (sku: string) => {
  const body = { sku, name: 'Cup', price: { amountMinor: 500, currency: 'GBP' } };
  return bodyOf(Product, await world.call('POST', '/v1/products', { as: 'admin', body }));
};
const newStore = async (code: string, region: 'world' | 'china') => {
  const body = { code, name: 'Shop', city: 'York', country: 'GB', region };
  return bodyOf(Store, await world.call('POST', '/v1/stores', { as: 'admin', body }));
};
const remove = async (path: string, { id, stamp }: Pick<Store, 'id' | 'stamp'>) =>
  world.call('DELETE', `${path}/${id}`, { as: 'admin', ifMatch: etagOf(stamp) });
const inUse = (detail: RegExp) => ({ status: 409, body: { code: 'in_use', detail: expect.stringMatching(detail) } });

it('a product stays while the other region has some, as of what has crossed', async () => {
  const [product, other] = [await newProduct('ELSE-1'), await newProduct('ELSE-2')];
  await haveInChina(product.id, 1);
  await carry();
  expect(await remove('/v1/products', product)).toMatchObject(inUse(/other region/));
  expect((await remove('/v1/products', other)).status).toBe(204);
  await haveInChina(product.id, 0);
  expect(await remove('/v1/products', product)).toMatchObject(inUse(/other region/));
  await carry();
  expect((await remove('/v1/products', product)).status).toBe(204);
});

it('a store of the other region stays while that has goods, and one of this region does not care', async () => {
  const [there, here] = [await newStore('ELSE-1', 'china'), await newStore('ELSE-2', 'world')];
  await haveInChina((await newProduct('ELSE-3')).id, 9);
  await carry();
  expect(await remove('/v1/stores', there)).toMatchObject(inUse(/other region/));
  expect((await remove('/v1/stores', here)).status).toBe(204);
  await inspect.query('UPDATE inventory.stock SET on_hand = 0');
  await carry();
  expect((await remove('/v1/stores', there)).status).toBe(204);
});
