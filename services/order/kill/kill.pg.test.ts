/**
 * Goal: whenever the service dies, stock, orders, money and books agree afterwards, and the buyer gets what was asked for, once.
 * Method: the service as a process of its own is killed (SIGKILL) at each of its steps: before the step's request leaves, and when the other side has done it and the
 * answer is on its way. It is started again, the sweep runs, and the buyer sends the same request once more.
 */
import { randomUUID } from 'node:crypto';

import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { productIdOf } from '#contracts/ids.ts';
import { CreatedCart } from '#contracts/cart.ts';
import { Order } from '#contracts/order.ts';

import { auditBooks } from '../testing/books.ts';
import { ONLINE_STORE } from '../testing/scene.ts';
import { home } from '../testing/shop.ts';
import { steps, type Deed } from './steps.ts';
import { openPlant, type Plant } from './testing/plant.ts';

const productId = productIdOf('KILL');
const operator = { role: 'operator', accountId: randomUUID() } as const;

let plant: Plant;
beforeAll(async () => {
  plant = await openPlant();
  await plant.inspect.query('SELECT inventory.choose_online_store($1)', [ONLINE_STORE]);
  await plant.inspect.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, 'KILL', 'Kill', 500, 'GBP', now())`,
    [productId],
  );
  await plant.inspect.query('INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, 1000)', [ONLINE_STORE, productId]);
}, 120_000);
afterAll(() => plant?.close(), 60_000);

/** A buyer with a cart, and the requests that lead from it to an order, its payment and its end; each may be sent again as it was. */
async function buyer() {
  const as = { role: 'customer', accountId: randomUUID() } as const;
  const created = await plant.request('POST', '/v1/carts', { as, body: {} });
  const { id: cartId } = Value.Parse(CreatedCart, created?.body);
  const lines = [{ productId, quantity: 2 }];
  await plant.request('PUT', `/v1/carts/${cartId}/lines`, { as, headers: { 'if-match': '"1"' }, body: { lines } });
  const expectedTotal = { amountMinor: 1_395, currency: 'GBP' };
  const keys = { checkout: randomUUID(), payment: randomUUID() };
  const orderId = async (): Promise<string> =>
    (await plant.inspect.query('SELECT id FROM orders.order WHERE cart_id = $1', [cartId])).rows[0]?.id;
  return {
    as,
    cartId,
    orderId,
    checkout: () =>
      plant.request('POST', '/v1/checkouts', {
        as,
        headers: { 'idempotency-key': keys.checkout },
        body: { cartId, shipTo: home, expectedTotal },
      }),
    payment: async (key = keys.payment) =>
      plant.request('POST', `/v1/orders/${await orderId()}/payments`, {
        as,
        headers: { 'idempotency-key': key },
        body: { method: 'card-ok' },
      }),
    cancellation: async () => plant.request('POST', `/v1/orders/${await orderId()}/cancellation`, { as }),
    order: async (): Promise<Order> => Value.Parse(Order, (await plant.request('GET', `/v1/orders/${await orderId()}`, { as }))?.body),
  };
}

const before: Readonly<Record<Deed, readonly ('checkout' | 'payment')[]>> = {
  checkout: [],
  payment: ['checkout'],
  cancellation: ['checkout', 'payment'],
};

/** What the sweep would find a minute later, and the sweep. */
async function sweepLater(): Promise<void> {
  await plant.inspect.query(`UPDATE orders.payment SET asked_at = now() - interval '2 min' WHERE state IN ('started', 'unknown')`);
  await plant.inspect.query(`UPDATE orders.refund SET asked_at = now() - interval '2 min' WHERE state = 'requested'`);
  expect(await plant.request('POST', '/v1/orders/sweep', { as: operator })).toMatchObject({ status: 200 });
}

const cases = steps.flatMap((step) => (['request', 'answer'] as const).map((at) => [step.deed, step.name, at, step] as const));

test.each(cases)(
  'killed in a %s when %s (%s)',
  async (deed, _name, at, step) => {
    const one = await buyer();
    for (const earlier of before[deed]) expect(await one[earlier]()).toMatchObject({ status: 201 });
    let killed: Promise<void> | undefined;
    const sprung = plant.wires[step.wire].set({ request: step.request, at, spring: () => void (killed = plant.kill()) });
    expect(await one[deed]()).toBeUndefined();
    await sprung;
    await killed;
    await plant.restart();
    await sweepLater();
    expect(await auditBooks(plant)).toEqual([]);

    // The same once more, as somebody does who got no answer; and again while it is not known how a payment ended (202), for the sweep may be asking just now.
    const sentAgain = async (): Promise<number | undefined> => (await one[deed]())?.status;
    await expect.poll(sentAgain, { timeout: 20_000, interval: 200 }).toBe(deed === 'cancellation' ? 200 : 201);
    if (deed === 'payment' && (await one.order()).paymentState === 'failed') {
      expect(await one.payment(randomUUID())).toMatchObject({ status: 201, body: { state: 'captured' } });
    }
    const order = await one.order();
    expect(order).toMatchObject(
      {
        checkout: { state: 'pending', paymentState: 'none', fulfilmentState: 'none' },
        payment: { state: 'confirmed', paymentState: 'captured', fulfilmentState: 'allocated' },
        cancellation: { state: 'cancelled', paymentState: 'refunded', fulfilmentState: 'cancelled' },
      }[deed],
    );
    const kept = order.payments.map(({ id }) => plant.sandbox.ledger.balanceOf(id)).reduce((sum, minor) => sum + minor, 0);
    expect(kept).toBe(deed === 'payment' ? order.total.amountMinor : 0);
    expect(await auditBooks(plant)).toEqual([]);
  },
  60_000,
);
