/**
 * Goal: what was kept for somebody who never paid is on sale again as soon as somebody else wants it, though nothing else is sold meanwhile: no schedule sweeps orders.
 * Method: the last unit is held by an order whose time is up, and the service sweeps by itself alone. Planted once: a checkout that is refused gives no reason to sweep.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { systemClock } from '#platform/clock.ts';

import { auditBooks } from '../testing/books.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { checkOut, fillCart, newCustomer, placeOrder } from '../testing/shop.ts';
import { createSweeper, type Sweeper } from './sweeper.ts';

let scene: Scene;
let sweeper: Sweeper;
let laterMs = 0;
beforeAll(async () => {
  scene = await openScene('world', { nudge: () => sweeper.nudge() });
  sweeper = createSweeper({ ...scene.deps, clock: { ...systemClock, now: () => Date.now() + laterMs } });
});
afterAll(async () => {
  await sweeper.drain();
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

it('a checkout that finds everything kept lets go what is overdue', async () => {
  const mug = await scene.product('SW-LAST', 500, { onHand: 1 });
  const { order } = await placeOrder(scene, [{ productId: mug, quantity: 1 }]);
  await sweeper.drain();
  await scene.inspect.query(`UPDATE orders.order SET expires_at = now() - interval '1 s' WHERE id = $1`, [order.id]);
  await scene.inspect.query(`UPDATE inventory.reservation SET expires_at = now() - interval '1 s' WHERE order_id = $1`, [order.id]);
  laterMs += 15 * 60_000;

  const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }], newCustomer());
  expect(await checkOut(scene, cart)).toMatchObject({ status: 409, body: { code: 'out_of_stock' } });
  await sweeper.drain();
  expect(await checkOut(scene, cart)).toMatchObject({ status: 201 });
});
