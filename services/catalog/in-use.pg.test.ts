/**
 * Goal: staff cannot delete a store or a product whose goods would be left behind, not even while goods come in; what is empty goes.
 * Method: the routes, with stock that inventory's own tables hold. Planted once each: a deletion that did not ask, and `catalog.missing_of` and
 * `catalog.unusable_of` without their locks.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { Product, Store } from '#contracts/catalog.ts';
import { etagOf } from '#contracts/stamp.ts';
import { untilWaiting } from '#inventory/testing/waiting.ts';

import type { Answer } from '../testing/http.ts';
import { bodyOf, openScene, type Scene } from './testing/scene.ts';

let scene: Scene;
let inspect: pg.Pool;
beforeAll(async () => {
  scene = await openScene();
  inspect = new pg.Pool({ connectionString: scene.urls.url, max: 4 });
});
afterAll(async () => {
  await inspect.end();
  await scene.close();
});

const IN_USE = { status: 409, body: { code: 'in_use' } };

interface Made {
  readonly id: string;
  readonly remove: () => Promise<Answer>;
}
const removable = (path: string, { id, stamp }: Pick<Store, 'id' | 'stamp'>): Made => ({
  id,
  remove: () => scene.call('DELETE', `${path}/${id}`, { as: 'admin', ifMatch: etagOf(stamp) }),
});
async function newStore(code: string): Promise<Made> {
  const body = { code, name: 'Shop', city: 'York', country: 'GB' };
  return removable('/v1/stores', bodyOf(Store, await scene.call('POST', '/v1/stores', { as: 'admin', body })));
}
async function newProduct(sku: string): Promise<Made> {
  const body = { sku, name: 'Cup', price: { amountMinor: 500, currency: 'GBP' } };
  return removable('/v1/products', bodyOf(Product, await scene.call('POST', '/v1/products', { as: 'admin', body })));
}
const stock = (client: pg.Pool | pg.PoolClient, store: Made, product: Made, onHand: number) =>
  client.query(
    `INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, $3)
     ON CONFLICT (store_id, product_id) DO UPDATE SET on_hand = excluded.on_hand`,
    [store.id, product.id, onHand],
  );

it('a store and a product stay while there are goods, and go when there are none', async () => {
  const [store, product] = [await newStore('USED-1'), await newProduct('USED-1')];
  await stock(inspect, store, product, 1);
  expect([await store.remove(), await product.remove()]).toMatchObject([IN_USE, IN_USE]);
  expect((await scene.call('GET', `/v1/products/${product.id}`)).status).toBe(200);
  await stock(inspect, store, product, 0);
  expect([(await store.remove()).status, (await product.remove()).status]).toEqual([204, 204]);
});

it('goods of another store and of another product are no reason', async () => {
  const [store, product] = [await newStore('USED-2'), await newProduct('USED-2')];
  const [otherStore, otherProduct] = [await newStore('OTHER-2'), await newProduct('OTHER-2')];
  await stock(inspect, otherStore, otherProduct, 1);
  expect([(await store.remove()).status, (await product.remove()).status]).toEqual([204, 204]);
});

it('the online store stays, empty or not, until another is chosen', async () => {
  const store = await newStore('ONLINE-1');
  await inspect.query('SELECT inventory.choose_online_store($1)', [store.id]);
  expect(await store.remove()).toMatchObject(IN_USE);
  await inspect.query('SELECT inventory.choose_online_store(NULL)');
  expect((await store.remove()).status).toBe(204);
});

it.each([
  ['unusable_of', 'USED-3'],
  // As the release before asks.
  ['missing_of', 'USED-4'],
])('a deletion waits for goods that are coming in, and is refused then (%s)', async (asked, code) => {
  const [store, product] = [await newStore(code), await newProduct(code)];
  const client = await inspect.connect();
  try {
    await client.query('BEGIN');
    expect((await client.query(`SELECT FROM catalog.${asked}($1, $2)`, [[store.id], [product.id]])).rowCount).toBe(0);
    const deletions = [store.remove(), product.remove()];
    await untilWaiting({ inspect }, 2);
    await stock(client, store, product, 1);
    await client.query('COMMIT');
    expect(await Promise.all(deletions)).toMatchObject([IN_USE, IN_USE]);
  } finally {
    // A test that fails must not leave others waiting for its locks.
    client.release(true);
  }
});
