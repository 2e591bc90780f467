/**
 * Goal: whenever the service dies, stock, orders, money and books agree afterwards, and the buyer gets what was asked for, once.
 * Method: the service as a process of its own is killed (SIGKILL) at each of its steps: before the step's request leaves, and when the other side has done it and the
 * answer is on its way. It is started again, the sweep runs, and whoever sent the request sends it once more.
 */
import { randomUUID } from 'node:crypto';

import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { productIdOf } from '#contracts/ids.ts';
import { CreatedCart } from '#contracts/cart.ts';
import { Order } from '#contracts/order.ts';
import { signatureOf } from '#platform/webhooks/signature.ts';

import { SIGNATURE_HEADER } from '../payments/wire.ts';
import { auditBooks } from '../testing/books.ts';
import { ONLINE_STORE } from '../testing/scene.ts';
import { home } from '../testing/shop.ts';
import { steps, type Deed } from './steps.ts';
import { openPlant, type Plant } from './testing/plant.ts';

const productId = productIdOf('KILL');
const operator = { role: 'operator', accountId: randomUUID() } as const;
const admin = { role: 'admin', accountId: randomUUID() } as const;
const support = { role: 'support', accountId: randomUUID() } as const;
const confirmed = { state: 'confirmed', paymentState: 'captured', fulfilmentState: 'allocated' } as const;
const broughtBack = { state: 'completed', paymentState: 'refunded', fulfilmentState: 'returned' } as const;
const closedShort = { state: 'confirmed', paymentState: 'partly_refunded', fulfilmentState: 'shipped' } as const;
const paidBack = { state: 'cancelled', paymentState: 'refunded', fulfilmentState: 'cancelled' } as const;

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
  const keys = {
    checkout: randomUUID(),
    payment: randomUUID(),
    retry: randomUUID(),
    shipment: randomUUID(),
    return: randomUUID(),
    shortClosure: randomUUID(),
  };
  const oneOf = async (query: string): Promise<string> => (await plant.inspect.query(query, [cartId])).rows[0]?.id;
  const orderId = (): Promise<string> => oneOf('SELECT id FROM orders.order WHERE cart_id = $1');
  const paymentId = (): Promise<string> =>
    oneOf('SELECT p.id FROM orders.payment p JOIN orders.order o ON o.id = p.order_id WHERE o.cart_id = $1');
  const payBy = async (method: string, key: string = keys.payment) =>
    plant.request('POST', `/v1/orders/${await orderId()}/payments`, { as, headers: { 'idempotency-key': key }, body: { method } });
  const sweep = () => plant.request('POST', '/v1/orders/sweep', { as: operator });
  const ship = async (quantity: number) => {
    const options = { as: admin, headers: { 'idempotency-key': keys.shipment }, body: { lines: [{ productId, quantity }] } };
    return plant.request('POST', `/v1/orders/${await orderId()}/shipments`, options);
  };
  return {
    as,
    orderId,
    payBy,
    checkout: () =>
      plant.request('POST', '/v1/checkouts', {
        as,
        headers: { 'idempotency-key': keys.checkout },
        body: { cartId, shipTo: home, expectedTotal },
      }),
    payment: () => payBy('card-ok'),
    cancellation: async () => plant.request('POST', `/v1/orders/${await orderId()}/cancellation`, { as }),
    arrival: async () => {
      const { shipments } = Value.Parse(Order, (await ship(2))?.body);
      return plant.request('POST', `/v1/orders/${await orderId()}/shipments/${shipments[0]?.id}/delivery`, { as: admin });
    },
    partShipment: () => ship(1),
    shortClosure: async () => {
      const options = { as: support, headers: { 'idempotency-key': keys.shortClosure }, body: { reason: 'lost' } };
      return plant.request('POST', `/v1/orders/${await orderId()}/short-closure`, options);
    },
    return: async () => {
      const back = lines.map((line) => ({ ...line, resellable: true }));
      const options = { as: support, headers: { 'idempotency-key': keys.return }, body: { lines: back } };
      return plant.request('POST', `/v1/orders/${await orderId()}/returns`, options);
    },
    callback: async () => {
      const body = { paymentId: await paymentId(), outcome: 'captured' };
      const signature = signatureOf(plant.sandbox.callbackSecret, Buffer.from(JSON.stringify(body)), Date.now());
      return plant.request('POST', '/v1/payments/callbacks', { headers: { [SIGNATURE_HEADER]: signature }, body });
    },
    // Time passes here, and not before: the service sweeps by itself too, and whichever sweep comes first is to die.
    question: async () => {
      await letTimePass();
      return sweep();
    },
    expiry: async () => {
      const id = await orderId();
      await plant.inspect.query(`UPDATE orders.order SET expires_at = now() - interval '1 s' WHERE id = $1 AND state = 'pending'`, [id]);
      await plant.inspect.query(
        `UPDATE inventory.reservation SET expires_at = now() - interval '1 s' WHERE order_id = $1 AND state = 'held'`,
        [id],
      );
      return sweep();
    },
    retry: async () => {
      const refused = await oneOf(`
        SELECT r.id FROM orders.refund r JOIN orders.payment p ON p.id = r.payment_id JOIN orders.order o ON o.id = p.order_id
        WHERE o.cart_id = $1 AND r.retry_of IS NULL`);
      const options = { as: support, headers: { 'idempotency-key': keys.retry }, body: { givenBy: 'provider' } };
      return plant.request('POST', `/v1/orders/refunds/${refused}/retries`, options);
    },
    order: async (): Promise<Order> => Value.Parse(Order, (await plant.request('GET', `/v1/orders/${await orderId()}`, { as }))?.body),
  };
}
type Buyer = Awaited<ReturnType<typeof buyer>>;

/** How far a buyer has come before the deed. */
const before: Readonly<Record<Deed, (one: Buyer) => Promise<unknown>>> = {
  checkout: async () => undefined,
  payment: (one) => one.checkout(),
  cancellation: async (one) => (await one.checkout()) && one.payment(),
  shortClosure: async (one) => (await one.checkout()) && (await one.payment()) && one.partShipment(),
  return: async (one) => (await one.checkout()) && (await one.payment()) && one.arrival(),
  callback: async (one) => (await one.checkout()) && one.payBy('wallet-silent'),
  question: async (one) => (await one.checkout()) && one.payBy('wallet-silent'),
  expiry: (one) => one.checkout(),
  retry: async (one) => (await one.checkout()) && (await one.payBy('card-reopened')) && one.cancellation(),
};

/** What comes of it when it is sent once more, and where the order is then. */
const after: Readonly<Record<Deed, { readonly status: number; readonly states: Partial<Order>; readonly kept?: number }>> = {
  checkout: { status: 201, states: { state: 'pending', paymentState: 'none', fulfilmentState: 'none' } },
  payment: { status: 201, states: confirmed, kept: 1_395 },
  cancellation: { status: 200, states: paidBack },
  // One of two units, and delivery.
  shortClosure: { status: 201, states: closedShort, kept: 895 },
  return: { status: 201, states: broughtBack },
  callback: { status: 204, states: confirmed, kept: 1_395 },
  question: { status: 200, states: confirmed, kept: 1_395 },
  expiry: { status: 200, states: { state: 'expired', paymentState: 'none', fulfilmentState: 'none' } },
  retry: { status: 201, states: paidBack },
};

/** Attempts and refunds are as old as the sweep wants them. */
async function letTimePass(): Promise<void> {
  await plant.inspect.query(`UPDATE orders.payment SET asked_at = now() - interval '2 min' WHERE state IN ('started', 'unknown')`);
  await plant.inspect.query(`UPDATE orders.refund SET asked_at = now() - interval '2 min' WHERE state = 'requested'`);
}

/** What the sweep would find a minute later, and the sweep. */
async function sweepLater(): Promise<void> {
  await letTimePass();
  expect(await plant.request('POST', '/v1/orders/sweep', { as: operator })).toMatchObject({ status: 200 });
}

const cases = steps.flatMap((step) => (['request', 'answer'] as const).map((at) => [step.deed, step.name, at, step] as const));

test.each(cases)(
  'killed in a deed (%s) when %s (%s)',
  async (deed, _name, at, step) => {
    const one = await buyer();
    await before[deed](one);
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
    await expect.poll(sentAgain, { timeout: 20_000, interval: 200 }).toBe(after[deed].status);
    if (deed === 'payment' && (await one.order()).paymentState === 'failed') {
      expect(await one.payBy('card-ok', randomUUID())).toMatchObject({ status: 201, body: { state: 'captured' } });
    }
    // A sweep of the service's own may be at it still.
    await expect.poll(() => one.order(), { timeout: 20_000, interval: 200 }).toMatchObject(after[deed].states);
    const order = await one.order();
    const kept = order.payments.map(({ id }) => plant.sandbox.ledger.balanceOf(id)).reduce((sum, minor) => sum + minor, 0);
    expect(kept).toBe(after[deed].kept ?? 0);
    expect(await auditBooks(plant)).toEqual([]);
  },
  60_000,
);
