/**
 * Goal: the figures change by exactly what was done and committed, once each, whoever asks how often.
 * Method: buying, paying, cancelling and expiring by the routes, with /metrics read before and after; what is sent twice, rolled back or refused among it. Planted once
 * each: an order counted when its key is sent again, a cancellation that was one already, a confirmation at each callback, a count inside the transaction.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createMetrics } from '#platform/metrics/metrics.ts';
import { signatureOf } from '#platform/webhooks/signature.ts';

import { createOrderFigures } from './figures.ts';
import { SIGNATURE_HEADER } from './payments/wire.ts';
import { openScene, type Scene } from './testing/scene.ts';
import { checkOut, fillCart, newCustomer, pay, placeOrder, readOrder } from './testing/shop.ts';
import { createSweeper } from './sweep/sweeper.ts';

const metrics = createMetrics('order');
let scene: Scene;
let mug: string;
let rare: string;
beforeAll(async () => {
  scene = await openScene('world', { http: { telemetry: { metrics } }, figures: createOrderFigures(metrics) });
  mug = await scene.product('F-MUG', 500, { onHand: 100 });
  rare = await scene.product('F-RARE', 700, { onHand: 1 });
});
afterAll(() => scene.close());

/** The business figures on the page, by series. */
async function figures(): Promise<ReadonlyMap<string, number>> {
  const { body } = await scene.call('GET', '/metrics');
  return new Map(
    [...String(body).matchAll(/^madeinworld_(orders|revenue_minor|stock_outs)_total\{(.*)\} (\d+)$/gm)].map(
      ([, name, labels = '', value]) => [`${name} ${labels.replace(/,?service="order",?/, '')}`.trim(), Number(value)],
    ),
  );
}

/** By how much what figures `work` changes. */
async function changesBy(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await figures();
  await work();
  await scene.sandbox.settled();
  const after = await figures();
  const changes = [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}
const line = (productId: string, quantity = 1) => [{ productId, quantity }];
const overdue = async (orderId: string) => {
  await scene.inspect.query(`UPDATE orders.order SET expires_at = now() - interval '1 s' WHERE id = $1`, [orderId]);
  await scene.inspect.query(`UPDATE inventory.reservation SET expires_at = now() - interval '1 s' WHERE order_id = $1`, [orderId]);
};

it('shows what has not happened yet as none', async () => {
  expect(Object.fromEntries(await figures())).toEqual({
    'orders event="placed"': 0,
    'orders event="confirmed"': 0,
    'orders event="cancelled"': 0,
    'orders event="expired"': 0,
    stock_outs: 0,
  });
});

it('counts an order once, however often it is sent', async () => {
  const cart = await fillCart(scene, line(mug), newCustomer());
  const idempotencyKey = randomUUID();
  expect(await changesBy(() => checkOut(scene, cart, { idempotencyKey }))).toEqual({ 'orders event="placed"': 1 });
  expect(await changesBy(() => checkOut(scene, cart, { idempotencyKey }))).toEqual({});
  // For another price, with a cart that is an order already: nothing is committed.
  expect(await changesBy(() => checkOut(scene, cart))).toEqual({});
  const other = await fillCart(scene, line(mug), newCustomer());
  expect(await changesBy(() => checkOut(scene, other, { body: { expectedTotal: { amountMinor: 1, currency: 'GBP' } } }))).toEqual({});
});

it('counts what was captured for a confirmed order, and its callbacks not again', async () => {
  const placed = await placeOrder(scene, line(mug, 3), newCustomer());
  expect(await changesBy(() => pay(scene, placed, 'card-declined'))).toEqual({});
  const changes = await changesBy(() => pay(scene, placed));
  const { total } = placed.order.totals;
  expect(changes).toEqual({ 'orders event="confirmed"': 1, 'revenue_minor currency="GBP"': total.amountMinor });
  const { payments } = await readOrder(scene, placed);
  const body = { paymentId: payments.find(({ state }) => state === 'captured')?.id, outcome: 'captured' };
  const headers = { [SIGNATURE_HEADER]: signatureOf(scene.sandbox.callbackSecret, Buffer.from(JSON.stringify(body)), Date.now()) };
  expect(
    await changesBy(async () => expect((await scene.call('POST', '/v1/payments/callbacks', { body, headers })).status).toBe(204)),
  ).toEqual({});
});

it('counts a cancellation once', async () => {
  const placed = await placeOrder(scene, line(mug), newCustomer());
  const cancel = () => scene.call('POST', `${placed.url}/cancellation`, placed.key);
  expect(await changesBy(cancel)).toEqual({ 'orders event="cancelled"': 1 });
  expect(await changesBy(cancel)).toEqual({});
});

it('counts what expires, whoever starts the sweep', async () => {
  const placed = [await placeOrder(scene, line(mug), newCustomer()), await placeOrder(scene, line(mug), newCustomer())];
  for (const { order } of placed) await overdue(order.id);
  expect(await changesBy(() => scene.call('POST', '/v1/orders/sweep', { as: 'operator' }))).toEqual({ 'orders event="expired"': 2 });
  expect(await changesBy(() => scene.call('POST', '/v1/orders/sweep', { as: 'operator' }))).toEqual({});
  // The sweep of the background counts as well.
  const { order } = await placeOrder(scene, line(mug), newCustomer());
  await overdue(order.id);
  const sweeper = createSweeper(scene.deps);
  expect(
    await changesBy(async () => {
      sweeper.nudge();
      await expect
        .poll(async () => (await readOrder(scene, { url: `/v1/orders/${order.id}`, key: { as: 'admin' } })).state)
        .toBe('expired');
      await sweeper.drain();
    }),
  ).toEqual({ 'orders event="expired"': 1 });
});

it('counts a checkout for which there is not enough', async () => {
  const carts = [await fillCart(scene, line(rare), newCustomer()), await fillCart(scene, line(rare), newCustomer())];
  const statuses: number[] = [];
  expect(
    await changesBy(async () =>
      statuses.push(...(await Promise.all(carts.map((cart) => checkOut(scene, cart)))).map(({ status }) => status)),
    ),
  ).toEqual({
    'orders event="placed"': 1,
    stock_outs: 1,
  });
  expect(statuses.toSorted()).toEqual([201, 409]);
});

it('counts no checkout of what is not sold any more', async () => {
  const gone = await scene.product('F-GONE', 700, { onHand: 0 });
  const cart = await fillCart(scene, [...line(gone), ...line(mug)], newCustomer());
  await scene.withdraw(gone);
  const refused = { status: 409, body: { code: 'out_of_stock', short: [{ productId: gone, available: 0 }] } };
  expect(await changesBy(async () => expect(await checkOut(scene, cart)).toMatchObject(refused))).toEqual({});
});

it('counts nothing where the commit fails', async () => {
  await scene.inspect.query(`
    CREATE FUNCTION orders.refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON orders.order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orders.refuse_commit()`);
  const cart = await fillCart(scene, line(mug), newCustomer());
  expect(await changesBy(() => checkOut(scene, cart))).toEqual({});
  await scene.inspect.query('DROP TRIGGER late ON orders.order');
});
