/** Goal: what was handed over elsewhere leaves stock once, all of it or nothing, and no more than there is, whoever records at the same time. */
import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { brokenRules } from '../testing/books.ts';
import type { SoldLine } from '../testing/offered.ts';
import { BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';
import { begin, unlocked, untilWaiting } from '../testing/waiting.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

it('takes all lines or none, of several orders together', async () => {
  const [few, many] = [await scene.product(5), await scene.product(50)];
  const [one, other] = [randomUUID(), randomUUID()];
  const lines = (units: number): SoldLine[] => [
    [one, few, units],
    [one, many, 7],
    [other, few, 3],
  ];
  expect(await scene.offered.handOver(lines(3))).toEqual([{ product_id: few, available: 5 }]);
  expect([await scene.stock(few), await scene.stock(many)]).toEqual([
    [5, 0],
    [50, 0],
  ]);
  expect(await scene.offered.handOver(lines(2))).toEqual([]);
  expect([await scene.stock(few), await scene.stock(many)]).toEqual([
    [0, 0],
    [43, 0],
  ]);
});

it('leaves a reservation that is shipped: nothing is to be shipped or released any more, and all of it may come back', async () => {
  const [order, product] = [randomUUID(), await scene.product(5)];
  await scene.offered.handOver([
    [order, product, 1],
    [order, product, 2],
  ]);
  const { rows } = await scene.inspect.query('SELECT state FROM inventory.reservation WHERE order_id = $1', [order]);
  expect(rows).toEqual([{ state: 'shipped' }]);
  expect(await scene.offered.ship(order, [[product, 3]])).toBe(0);
  expect(await scene.offered.release(order)).toBe('shipped');
  expect(await scene.offered.takeBack(order, [[product, 4]])).toBe(3);
  expect(await scene.stock(product)).toEqual([5, 0]);
});

it('takes from the store that is named, and not what others wait for', async () => {
  const product = await scene.product(4, BRANCH);
  await scene.offered.reserve(randomUUID(), [[product, 3]], { storeId: BRANCH });
  expect(await scene.offered.handOver([[randomUUID(), product, 1]])).toEqual([{ product_id: product, available: 0 }]);
  expect(await scene.offered.handOver([[randomUUID(), product, 2]], BRANCH)).toEqual([{ product_id: product, available: 1 }]);
  expect(await scene.offered.handOver([[randomUUID(), product, 1]], BRANCH)).toEqual([]);
  expect(await scene.stock(product, BRANCH)).toEqual([3, 3]);
});

it('many sales of the last ones at once: as many as there are, and the others are told', async () => {
  const product = await scene.product(20);
  const holder = await begin(scene.inspect);
  await holder.client.query('SELECT FROM inventory.stock WHERE product_id = $1 FOR UPDATE', [product]);
  const sales = Array.from({ length: 30 }, () => scene.offered.handOver([[randomUUID(), product, 1]]));
  await untilWaiting(scene, sales.length);
  await holder.commit();
  const answers = await Promise.all(sales);
  expect(answers.filter((short) => short.length === 0)).toHaveLength(20);
  expect(answers.filter((short) => short.length > 0)).toEqual(Array.from({ length: 10 }, () => [{ product_id: product, available: 0 }]));
  expect(await scene.stock(product)).toEqual([0, 0]);
});

it('locks stock by key', async () => {
  const ids = (await Promise.all(Array.from({ length: 4 }, () => scene.product(10)))).toSorted();
  const holder = await begin(scene.inspect);
  await holder.client.query('SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE', [ONLINE, ids[0]]);
  const selling = scene.offered.handOver(ids.toReversed().map((id) => [randomUUID(), id, 1]));
  await untilWaiting(scene);
  expect((await unlocked(scene, ONLINE, ids)).toSorted()).toEqual(ids.slice(1));
  await holder.commit();
  expect(await selling).toEqual([]);
});

it.each([
  ['a line without an order', [null], [randomUUID()], [1]],
  ['fewer orders than lines', [randomUUID()], [randomUUID(), randomUUID()], [1, 1]],
  ['a quantity of 0', [randomUUID()], [randomUUID()], [0]],
])('refuses %s', async (_what, orders, products, quantities) => {
  const called = scene.orders.query('SELECT inventory.hand_over(NULL, $1, $2, $3)', [orders, products, quantities]);
  await expect(called).rejects.toMatchObject({ code: '22023' });
});
