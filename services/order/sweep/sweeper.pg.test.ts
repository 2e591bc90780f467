/**
 * Goal: what was kept for somebody who never paid is on sale again when its time is up, though nobody asks for anything and no schedule sweeps orders; and a
 * provider that hangs or a row that goes wrong keeps no other's goods.
 * Method: the service sweeps by itself alone. Planted once each: a checkout that is refused gives no reason to sweep; a sweep that does not look when the next is
 * due; one that asks the provider first; one that ends with its first fault.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { auditBooks } from '../testing/books.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { checkOut, fillCart, newCustomer, pay, placeOrder, readOrder } from '../testing/shop.ts';
import { sweep } from './sweep.ts';
import { createSweeper, type Sweeper } from './sweeper.ts';

let scene: Scene;
let sweeper: Sweeper | undefined;
beforeAll(async () => {
  scene = await openScene('world', { nudge: () => sweeper?.nudge() });
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});
beforeEach(() => {
  sweeper = undefined;
  return () => sweeper?.drain();
});

const stateOf = async (id: string) => (await readOrder(scene, { url: `/v1/orders/${id}`, key: { as: 'admin' } })).state;

/** An order whose time is up in `inMs`. */
async function endingIn(inMs: number, sku: string, onHand = 1) {
  const product = await scene.product(sku, 500, { onHand });
  const placed = await placeOrder(scene, [{ productId: product, quantity: 1 }], newCustomer());
  // Of both at one instant, as a checkout has it: a sweep between two would leave the goods held for nobody.
  await scene.inspect.query(
    `WITH kept AS (UPDATE inventory.reservation SET expires_at = now() + make_interval(secs => $1) WHERE order_id = $2 RETURNING order_id, expires_at)
     UPDATE orders.order o SET expires_at = k.expires_at FROM kept k WHERE o.id = k.order_id`,
    [inMs / 1_000, placed.order.id],
  );
  return { product, ...placed };
}

it('a checkout that finds everything kept lets go what is overdue', async () => {
  const { product } = await endingIn(-1_000, 'SW-LAST');
  sweeper = createSweeper(scene.deps, { gapMs: 1 });
  const cart = await fillCart(scene, [{ productId: product, quantity: 1 }], newCustomer());
  expect(await checkOut(scene, cart)).toMatchObject({ status: 409, body: { code: 'out_of_stock' } });
  await expect.poll(async () => (await checkOut(scene, cart)).status).toBe(201);
});

it('an order ends by itself when its time is up, in a service that is asked nothing any more', async () => {
  const { order } = await endingIn(600, 'SW-ALONE');
  sweeper = createSweeper(scene.deps, { gapMs: 1 });
  sweeper.nudge();
  await expect.poll(() => stateOf(order.id), { timeout: 10_000 }).toBe('expired');
});

it('a sweeper that has stopped begins nothing more', async () => {
  const { order } = await endingIn(-1_000, 'SW-STOPPED');
  const stopped = createSweeper(scene.deps, { gapMs: 1 });
  await stopped.drain();
  stopped.nudge();
  await stopped.drain();
  expect(await stateOf(order.id)).toBe('pending');
});

it('a provider that says nothing keeps nobody else’s goods', async () => {
  const paid = await endingIn(60_000, 'SW-PAYING');
  await pay(scene, paid, 'card-lost');
  await scene.inspect.query(`UPDATE orders.payment SET asked_at = now() - interval '2 minutes' WHERE order_id = $1`, [paid.order.id]);
  const unpaid = await endingIn(-1_000, 'SW-UNPAID');
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<'unknown'>();
  const lookUp = async () => {
    asked.resolve();
    return answer.promise;
  };
  const sweeping = sweep({ ...scene.deps, provider: { ...scene.deps.provider, lookUp } }, 100, undefined);
  await asked.promise;
  expect(await stateOf(unpaid.order.id)).toBe('expired');
  answer.resolve('unknown');
  expect(await sweeping).toMatchObject({ payments: 1 });
});

it('what goes wrong with one keeps no other from its turn, and is told', async () => {
  const [one, other] = [await endingIn(60_000, 'SW-ONE'), await endingIn(60_000, 'SW-OTHER')];
  for (const placed of [one, other]) await pay(scene, placed, 'card-lost');
  await scene.inspect.query(`UPDATE orders.payment SET asked_at = now() - interval '2 minutes' WHERE state IN ('started', 'unknown')`);
  let asked = 0;
  const lookUp = async () => {
    asked += 1;
    throw new Error('not now');
  };
  const overdue = await endingIn(-1_000, 'SW-LATE');
  await expect(sweep({ ...scene.deps, provider: { ...scene.deps.provider, lookUp } }, 100, undefined)).rejects.toThrow(AggregateError);
  expect(asked).toBeGreaterThanOrEqual(2);
  expect(await stateOf(overdue.order.id)).toBe('expired');
});

it('an order that expires leaves nothing reserved, also where the clock is set back at that moment', async () => {
  const { order, product } = await endingIn(-1_000, 'SW-CLOCK');
  await scene.inspect.query(`UPDATE inventory.reservation SET expires_at = now() + interval '1 minute' WHERE order_id = $1`, [order.id]);
  await sweep(scene.deps, 100, undefined);
  expect(await stateOf(order.id)).toBe('expired');
  const { rows } = await scene.inspect.query('SELECT on_hand, reserved FROM inventory.stock WHERE product_id = $1', [product]);
  expect(rows).toEqual([{ on_hand: 1, reserved: 0 }]);
});
