/**
 * Goal: goods are taken from the store that a checkout or a sale names, and come back to the one that a return names; without a name that is the online store. None of them
 * names a store of the other region, whatever is left of it here. What comes back without a name goes where it came from, while that is a store of this region. Planted once:
 * `requireStore` passes over what is elsewhere; a checkout does not ask; what comes back is put into a store that is gone; it is looked whether the store is there, and not that it stays.
 */
import { randomUUID } from 'node:crypto';

import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Order, PlacedOrder } from '#contracts/order.ts';
import { begin, untilWaiting } from '#inventory/testing/waiting.ts';

import { addStore } from '../testing/catalogue-rows.ts';
import { auditBooks } from './testing/books.ts';
import { bodyOf, ONLINE_STORE, openScene, type Scene } from './testing/scene.ts';
import { checkOut, fillCart, home, newCustomer, pay } from './testing/shop.ts';

const BRANCH = '00000000-0000-5000-8000-00000000000b';
const ELSEWHERE = '00000000-0000-5000-8000-00000000000c';
const FOREIGN = { status: 409, body: { code: 'foreign_home_region', errors: [{ field: 'storeId' }] } };

let scene: Scene;
let productId: string;
beforeAll(async () => {
  scene = await openScene();
  await scene.store(BRANCH);
  productId = await scene.product('ST-MUG', 500, { onHand: 10 });
  await addStore(scene.inspect, ELSEWHERE, { region: 'china' });
  for (const storeId of [BRANCH, ELSEWHERE]) {
    await scene.inspect.query('INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, 10)', [storeId, productId]);
  }
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

/** On hand and reserved, of the online store and of the branch. */
async function stock(): Promise<unknown[]> {
  const query = 'SELECT on_hand, reserved FROM inventory.stock WHERE store_id = $1 AND product_id = $2';
  const held = await Promise.all([ONLINE_STORE, BRANCH].map((storeId) => scene.inspect.query(query, [storeId, productId])));
  return held.map(({ rows }) => [rows[0].on_hand, rows[0].reserved]);
}

it('a checkout takes from the store that it names, and what comes back goes where the return says', async () => {
  const cart = await fillCart(scene, [{ productId, quantity: 3 }], newCustomer());
  const order = bodyOf(PlacedOrder, await checkOut(scene, cart, { body: { storeId: BRANCH } }));
  expect(order.storeId).toBe(BRANCH);
  expect(await stock()).toEqual([
    [10, 0],
    [10, 3],
  ]);
  const url = `/v1/orders/${order.id}`;
  await pay(scene, { url, key: cart.key });
  const by = (as: 'warehouse' | 'support', path: string, body?: object) =>
    scene.call('POST', `${url}${path}`, { as, idempotencyKey: randomUUID(), ...(body === undefined ? {} : { body }) });
  const { shipments } = bodyOf(Order, await by('warehouse', '/shipments', { lines: [{ productId, quantity: 3 }] }));
  await by('warehouse', `/shipments/${shipments[0]?.id}/delivery`);
  const lines = [{ productId, quantity: 1, resellable: true }];
  expect((await by('support', '/returns', { lines, storeId: ONLINE_STORE })).status).toBe(201);
  expect((await by('support', '/returns', { lines })).status).toBe(201);
  expect(await by('support', '/returns', { lines, storeId: randomUUID() })).toMatchObject({
    status: 422,
    body: { code: 'reference_missing', errors: [{ field: 'storeId' }] },
  });
  expect(await by('support', '/returns', { lines, storeId: ELSEWHERE })).toMatchObject(FOREIGN);
  expect(await stock()).toEqual([
    [11, 0],
    [8, 0],
  ]);
});

it('a checkout names a store that there is, of this region; refused, it leaves the cart as it was', async () => {
  const before = await stock();
  const cart = await fillCart(scene, [{ productId, quantity: 1 }], newCustomer());
  expect(await checkOut(scene, cart, { body: { storeId: ELSEWHERE } })).toMatchObject(FOREIGN);
  expect(await checkOut(scene, cart, { body: { storeId: randomUUID() } })).toMatchObject({
    status: 422,
    body: { code: 'reference_missing', errors: [{ field: 'storeId' }] },
  });
  expect(await stock()).toEqual(before);
  const order = bodyOf(PlacedOrder, await checkOut(scene, cart, { body: { storeId: BRANCH } }));
  expect((await scene.call('POST', `/v1/orders/${order.id}/cancellation`, { ...cart.key, idempotencyKey: randomUUID() })).status).toBe(200);
  expect(await stock()).toEqual(before);
});

describe('what comes back without a name, of a store that has closed since,', () => {
  const line = (quantity: number) => ({ productId: mug, quantity });
  let closed: string;
  let mug: string;
  let url: string;
  const by = (as: 'warehouse' | 'support', path: string, body: object = {}) =>
    scene.call('POST', `${url}${path}`, { as, idempotencyKey: randomUUID(), body });
  const giveBack = () => by('support', '/returns', { lines: [{ ...line(1), resellable: true }] });
  const onHand = async (storeId: string): Promise<number> => {
    const query = 'SELECT on_hand FROM inventory.stock WHERE store_id = $1 AND product_id = $2';
    return (await scene.inspect.query(query, [storeId, mug])).rows[0]?.on_hand;
  };
  const close = (client: Pick<pg.ClientBase, 'query'>) => client.query('DELETE FROM catalog.store WHERE id = $1', [closed]);
  const isUsed = async (): Promise<unknown> =>
    (await scene.inspect.query(`SELECT inventory.use_of_store($1, 'world') AS used`, [closed])).rows[0].used;

  /** The last two of the store are with somebody. */
  beforeEach(async () => {
    closed = randomUUID();
    mug = await scene.product(`ST-${randomUUID()}`, 500, { onHand: 10 });
    await scene.store(closed);
    await scene.inspect.query('INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, 2)', [closed, mug]);
    const cart = await fillCart(scene, [line(2)], newCustomer());
    const order = bodyOf(PlacedOrder, await checkOut(scene, cart, { body: { storeId: closed } }));
    url = `/v1/orders/${order.id}`;
    await pay(scene, { url, key: cart.key });
    const { shipments } = bodyOf(Order, await by('warehouse', '/shipments', { lines: [line(2)] }));
    await scene.call('POST', `${url}/shipments/${shipments[0]?.id}/delivery`, { as: 'warehouse' });
    // Nothing is in the way of closing it.
    expect(await isUsed()).toBeNull();
  });
  afterEach(() => close(scene.inspect));

  it('goes to the online store, where it can be sold again', async () => {
    expect((await giveBack()).status).toBe(201);
    expect([await onHand(ONLINE_STORE), await onHand(closed)]).toEqual([10, 1]);
    await close(scene.inspect);
    expect((await giveBack()).status).toBe(201);
    expect([await onHand(ONLINE_STORE), await onHand(closed)]).toEqual([11, 1]);
  });

  it('goes there too where the store turns out to be the other region’s', async () => {
    await close(scene.inspect);
    await addStore(scene.inspect, closed, { region: 'china' });
    expect((await giveBack()).status).toBe(201);
    expect([await onHand(ONLINE_STORE), await onHand(closed)]).toEqual([11, 0]);
  });

  it('waits for who closes it at this moment', async () => {
    const closing = await begin(scene.inspect);
    await close(closing.client);
    const back = giveBack();
    await untilWaiting(scene);
    await closing.commit();
    expect((await back).status).toBe(201);
    expect([await onHand(ONLINE_STORE), await onHand(closed)]).toEqual([11, 0]);
  });
});

it('a recorded sale takes from the store that it names', async () => {
  const [online, branch] = await stock();
  const sale = { reference: 'ST-1', soldAt: '2010-12-01T08:26:00Z', shipTo: home, lines: [{ productId, quantity: 2, unitMinor: 500 }] };
  const body = { channel: 'market', currency: 'GBP', storeId: BRANCH, sales: [sale] };
  expect((await scene.call('POST', '/v1/orders/sales', { as: 'support', body })).status).toBe(200);
  const elsewhere = { ...body, storeId: randomUUID(), sales: [{ ...sale, reference: 'ST-2' }] };
  expect(await scene.call('POST', '/v1/orders/sales', { as: 'support', body: elsewhere })).toMatchObject({
    status: 422,
    body: { code: 'reference_missing', errors: [{ field: 'storeId' }] },
  });
  const foreign = { ...body, storeId: ELSEWHERE, sales: [{ ...sale, reference: 'ST-3' }] };
  expect(await scene.call('POST', '/v1/orders/sales', { as: 'support', body: foreign })).toMatchObject(FOREIGN);
  expect(branch).toEqual([8, 0]);
  expect(await stock()).toEqual([online, [6, 0]]);
});
