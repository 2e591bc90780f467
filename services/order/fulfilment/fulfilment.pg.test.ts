import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Order } from '#contracts/order.ts';
import type { Role } from '#platform/access.ts';

import { auditBooks } from '../testing/books.ts';
import { inRounds } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, pay, placeOrder, readOrder, type Key } from '../testing/shop.ts';

let scene: Scene;
let [mug, lamp]: string[] = [];
beforeAll(async () => {
  scene = await openScene();
  [mug, lamp] = [await scene.product('F-MUG', 500, { onHand: 10_000 }), await scene.product('F-LAMP', 3_333, { onHand: 10_000 })];
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const conflict = (detail: string) => ({ status: 409, body: { code: 'state_conflict', detail } });
const units = (productId: string | undefined, quantity: number) => ({ productId: productId!, quantity });

/** An order of five mugs and a lamp that is paid. */
async function paidOrder(key = newCustomer()) {
  const placed = await placeOrder(scene, [units(mug, 5), units(lamp, 1)], key);
  expect(await pay(scene, placed)).toMatchObject({ status: 201, body: { state: 'captured' } });
  return placed;
}
type Placed = Awaited<ReturnType<typeof paidOrder>>;
interface By {
  readonly as?: Role;
  readonly key?: string;
}
const ship = ({ url }: Placed, lines: readonly object[], { as = 'warehouse', key = randomUUID() }: By = {}) =>
  scene.call('POST', `${url}/shipments`, { as, idempotencyKey: key, body: { lines, carrier: 'Royal Mail', trackingCode: 'AB123' } });
const deliver = ({ url }: Placed, shipmentId: string, as: Role = 'warehouse') =>
  scene.call('POST', `${url}/shipments/${shipmentId}/delivery`, { as });
const cancel = ({ url, key }: Pick<Placed, 'url' | 'key'>) => scene.call('POST', `${url}/cancellation`, key);
const giveBack = ({ url }: Placed, lines: readonly object[], { as = 'support', key = randomUUID() }: By = {}) =>
  scene.call('POST', `${url}/returns`, { as, idempotencyKey: key, body: { lines } });
const onHand = async (productId: string | undefined) =>
  (await scene.inspect.query('SELECT on_hand, reserved FROM inventory.stock WHERE product_id = $1', [productId])).rows[0] as {
    on_hand: number;
    reserved: number;
  };
const told = async (orderId: string) =>
  (await scene.inspect.query('SELECT type FROM events.outbox WHERE subject = $1 ORDER BY seq', [orderId])).rows.map(({ type }) =>
    type.replace('madeinworld.', '').replace('.v1', ''),
  );

async function deliveredOrder() {
  const placed = await paidOrder();
  const { shipments } = bodyOf(Order, await ship(placed, [units(mug, 5), units(lamp, 1)]));
  expect((await deliver(placed, shipments[0]!.id)).status).toBe(200);
  return placed;
}

describe('shipping', () => {
  it('goes in parts, each once, and the order is completed when the last has arrived', async () => {
    const before = await onHand(mug);
    const placed = await paidOrder();
    const key = randomUUID();
    const first = bodyOf(Order, await ship(placed, [units(mug, 1), units(mug, 1)], { key }));
    expect(first).toMatchObject({
      fulfilmentState: 'partly_shipped',
      lines: [{ shipped: 2 }, { shipped: 0 }],
      shipments: [{ lines: [units(mug, 2)], carrier: 'Royal Mail' }],
    });
    expect(bodyOf(Order, await ship(placed, [units(mug, 1), units(mug, 1)], { key })).shipments).toHaveLength(1);
    expect(await ship(placed, [units(mug, 4)])).toMatchObject(conflict('Only 3 units of F-MUG can still be shipped.'));
    expect(await ship(placed, [units(randomUUID(), 1)])).toMatchObject({ status: 422, body: { code: 'reference_missing' } });
    const second = bodyOf(Order, await ship(placed, [units(lamp, 1), units(mug, 3)]));
    expect(second).toMatchObject({ state: 'confirmed', fulfilmentState: 'shipped' });
    expect(await onHand(mug)).toEqual({ on_hand: before.on_hand - 5, reserved: before.reserved });
    const [one, two] = second.shipments;
    expect(bodyOf(Order, await deliver(placed, two!.id))).toMatchObject({ state: 'confirmed', fulfilmentState: 'shipped' });
    expect(bodyOf(Order, await deliver(placed, one!.id))).toMatchObject({ state: 'completed', fulfilmentState: 'delivered' });
    expect(bodyOf(Order, await deliver(placed, one!.id)).state).toBe('completed');
    expect((await deliver(placed, randomUUID())).status).toBe(404);
    expect(await told(placed.order.id)).toEqual(['order.placed', 'order.confirmed', 'order.shipped', 'order.shipped', 'order.delivered']);
  });

  it('is told of with the units and the code of each shipment, which is the newest at the time of its event', async () => {
    const placed = await paidOrder();
    const parts = [units(lamp, 1), units(mug, 2), units(mug, 3)];
    const answers = await Promise.all(
      parts.map((part) =>
        scene.call('POST', `${placed.url}/shipments`, {
          as: 'warehouse',
          idempotencyKey: randomUUID(),
          body: { lines: [part], trackingCode: `TRACK-${part.quantity}` },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const { rows } = await scene.inspect.query('SELECT orders.notice_of($1) AS notice', [placed.order.id]);
    const { shipments } = rows[0].notice as { shipments: { shippedAt: string; trackingCode: string; lines: { quantity: number }[] }[] };
    expect(shipments.map(({ trackingCode, lines }) => [trackingCode, lines.map(({ quantity }) => quantity)]).toSorted()).toEqual([
      ['TRACK-1', [1]],
      ['TRACK-2', [2]],
      ['TRACK-3', [3]],
    ]);
    const events = await scene.inspect.query(
      `SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM events.outbox
       WHERE subject = $1 AND type = 'madeinworld.order.shipped.v1' ORDER BY seq`,
      [placed.order.id],
    );
    const told = events.rows.map(({ at }) => shipments.findLast(({ shippedAt }) => shippedAt <= at));
    expect(told).toEqual(shipments);
  });

  it('is not over where a part has arrived before the rest has left', async () => {
    const placed = await paidOrder();
    const [first] = bodyOf(Order, await ship(placed, [units(mug, 5)])).shipments;
    expect(bodyOf(Order, await deliver(placed, first!.id))).toMatchObject({ state: 'confirmed', fulfilmentState: 'partly_shipped' });
    const [, second] = bodyOf(Order, await ship(placed, [units(lamp, 1)])).shipments;
    expect(bodyOf(Order, await deliver(placed, second!.id))).toMatchObject({ state: 'completed', fulfilmentState: 'delivered' });
  });

  it('waits for the payment, and is the warehouse’s', async () => {
    const placed = await placeOrder(scene, [units(mug, 1)], newCustomer());
    expect(await ship(placed, [units(mug, 1)])).toMatchObject(conflict('The order is not paid yet.'));
    for (const as of ['customer', 'support', 'catalogue', 'operator'] as const) {
      expect((await ship(placed, [units(mug, 1)], { as })).status).toBe(403);
      expect((await deliver(placed, randomUUID(), as)).status).toBe(403);
    }
  });
});

describe('a cancellation', () => {
  it('gives the goods back to stock and the money to the buyer; said again it is no change', async () => {
    const before = await onHand(mug);
    const placed = await paidOrder();
    expect((await cancel({ url: placed.url, key: newCustomer() })).status).toBe(404);
    expect((await readOrder(scene, placed)).state).toBe('confirmed');
    const cancelled = bodyOf(Order, await cancel(placed));
    expect(cancelled).toMatchObject({
      state: 'cancelled',
      paymentState: 'refunded',
      fulfilmentState: 'cancelled',
      payments: [{ refunded: cancelled.total }],
    });
    expect(bodyOf(Order, await cancel(placed)).updatedAt).toBe(cancelled.updatedAt);
    expect(await onHand(mug)).toEqual(before);
    expect(scene.sandbox.ledger.balanceOf(cancelled.payments[0]!.id)).toBe(0);
    expect(await told(placed.order.id)).toEqual(['order.placed', 'order.confirmed', 'order.cancelled', 'payment.refunded']);
  });

  it('of an order that is not paid frees its goods, and nothing can be paid any more', async () => {
    const placed = await placeOrder(scene, [units(mug, 1)], newCustomer());
    expect(bodyOf(Order, await cancel(placed))).toMatchObject({ state: 'cancelled', paymentState: 'none', fulfilmentState: 'none' });
    expect(await pay(scene, placed)).toMatchObject({ status: 409 });
  });

  it('of what is paid is its owner’s and of who decides on refunds; the warehouse ends what is not paid, and what is its own', async () => {
    const [paid, unpaid] = [await paidOrder(), await placeOrder(scene, [units(mug, 1)], newCustomer())];
    const by = ({ url }: { readonly url: string }, key: Key) => cancel({ url, key });
    expect(await by(paid, { as: 'warehouse' })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await readOrder(scene, paid)).toMatchObject({ state: 'confirmed', payments: [{ refunded: money(0) }] });
    expect((await by(unpaid, { as: 'warehouse' })).status).toBe(200);
    for (const as of ['support', 'admin'] as const) expect((await by(await paidOrder(), { as })).status).toBe(200);
    const own: Key = { as: { role: 'warehouse', accountId: randomUUID() } };
    expect((await by(await paidOrder(own), own)).status).toBe(200);
    // What is cancelled already stays so, whoever says it once more.
    await cancel(paid);
    expect((await by(paid, { as: 'warehouse' })).status).toBe(200);
  });

  it('is too late once something is shipped', async () => {
    const placed = await paidOrder();
    await ship(placed, [units(mug, 1)]);
    expect(await cancel(placed)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured' });
  });

  it('races a shipment: one of them wins', async () => {
    await inRounds(async (round) => {
      const placed = await paidOrder();
      const [shipped, cancelled] = await Promise.all([ship(placed, [units(mug, 5), units(lamp, 1)]), cancel(placed)]);
      const { state, fulfilmentState, paymentState } = await readOrder(scene, placed);
      const end = `${shipped.status} ${cancelled.status} ${state} ${fulfilmentState} ${paymentState}`;
      expect(['201 409 confirmed shipped captured', '409 200 cancelled cancelled refunded'], `round ${round}`).toContain(end);
    });
  }, 120_000);
});

describe('a return', () => {
  it('in parts pays back its share of what the line cost, and the delivery with the last', async () => {
    const placed = await deliveredOrder();
    const before = await onHand(mug);
    const key = randomUUID();
    const back = [
      { ...units(mug, 1), resellable: true },
      { ...units(mug, 1), resellable: false },
    ];
    const first = bodyOf(Order, await giveBack(placed, back, { key }));
    expect(first).toMatchObject({
      fulfilmentState: 'partly_returned',
      paymentState: 'partly_refunded',
      returns: [{ refund: money(1_000), lines: back }],
    });
    expect(bodyOf(Order, await giveBack(placed, back, { key })).returns).toHaveLength(1);
    expect((await onHand(mug)).on_hand).toBe(before.on_hand + 1);
    expect(await giveBack(placed, [{ ...units(mug, 4), resellable: true }])).toMatchObject(
      conflict('Only 3 units of F-MUG can still come back.'),
    );
    const last = bodyOf(
      Order,
      await giveBack(placed, [
        { ...units(mug, 3), resellable: true },
        { ...units(lamp, 1), resellable: true },
      ]),
    );
    expect(last).toMatchObject({ state: 'completed', fulfilmentState: 'returned', paymentState: 'refunded' });
    expect(last.returns.reduce((sum, { refund }) => sum + refund.amountMinor, 0)).toBe(last.total.amountMinor);
    expect(scene.sandbox.ledger.balanceOf(last.payments[0]!.id)).toBe(0);
    expect(await giveBack(placed, [{ ...units(mug, 1), resellable: true }])).toMatchObject(
      conflict('No unit of F-MUG can still come back.'),
    );
    expect((await told(placed.order.id)).slice(-4)).toEqual(['return.accepted', 'payment.refunded', 'return.accepted', 'payment.refunded']);
  });

  it('of more than is there, at the same time, pays back no more than was paid', async () => {
    await inRounds(async (round) => {
      const placed = await deliveredOrder();
      const answers = await Promise.all(
        [1, 2, 3].map(() =>
          giveBack(placed, [
            { ...units(mug, 3), resellable: true },
            { ...units(lamp, 1), resellable: true },
          ]),
        ),
      );
      expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([201, 409, 409]);
      const { payments, total } = await readOrder(scene, placed);
      expect(payments[0]!.refunded.amountMinor).toBeLessThanOrEqual(total.amountMinor);
    });
  }, 120_000);

  it('is told of with what it gives back, and is the newest at the time of its event', async () => {
    const placed = await deliveredOrder();
    const parts = [1, 2].map((quantity) => [{ ...units(mug, quantity), resellable: true }]);
    const answers = await Promise.all(parts.map((part) => giveBack(placed, part)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const { rows } = await scene.inspect.query('SELECT orders.notice_of($1) AS notice', [placed.order.id]);
    const { returns } = rows[0].notice as { returns: { acceptedAt: string; amountMinor: number }[] };
    expect(returns.map(({ amountMinor }) => amountMinor).toSorted()).toEqual([1_000, 500].toSorted());
    const events = await scene.inspect.query(
      `SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM events.outbox
       WHERE subject = $1 AND type = 'madeinworld.return.accepted.v1' ORDER BY seq`,
      [placed.order.id],
    );
    expect(events.rows.map(({ at }) => returns.findLast(({ acceptedAt }) => acceptedAt <= at))).toEqual(returns);
  });

  it('is of what has arrived, and recorded by who decides on refunds: it pays money back', async () => {
    const placed = await paidOrder();
    const tooEarly = (state: string) => conflict(`Nothing can come back before it is delivered: the delivery is ${state}.`);
    expect(await giveBack(placed, [{ ...units(mug, 1), resellable: true }])).toMatchObject(tooEarly('allocated'));
    // What is on its way has not arrived.
    await ship(placed, [units(mug, 5), units(lamp, 1)]);
    expect(await giveBack(placed, [{ ...units(mug, 1), resellable: true }])).toMatchObject(tooEarly('shipped'));
    for (const as of ['customer', 'catalogue', 'warehouse', 'operator'] as const) {
      expect((await giveBack(placed, [{ ...units(mug, 1), resellable: true }], { as })).status).toBe(403);
    }
  });

  it('never gets past the books, even where the code would', async () => {
    const placed = await deliveredOrder();
    const paid = (await readOrder(scene, placed)).payments[0]!;
    const more = scene.database.pool.query('UPDATE orders.payment SET refunded_minor = amount_minor + 1 WHERE id = $1', [paid.id]);
    await expect(more).rejects.toMatchObject({ code: '23514' });
    await expect(scene.database.pool.query('UPDATE orders.order_event SET actor = $1', ['nobody'])).rejects.toMatchObject({
      code: '42501',
    });
    await expect(scene.database.pool.query('DELETE FROM orders.invoice')).rejects.toMatchObject({ code: '42501' });
  });
});

it('history, events and what is told hold nothing of a person', async () => {
  const key = newCustomer();
  const placed = await paidOrder(key);
  await cancel(placed);
  const { rows } = await scene.inspect.query(
    `SELECT (SELECT jsonb_agg(e)::text FROM orders.order_event e WHERE order_id = $1::uuid) || (SELECT jsonb_agg(e)::text FROM events.outbox e WHERE subject = $1::text)
       || (SELECT jsonb_agg(k.response)::text FROM orders.idempotency_key k) AS whole`,
    [placed.order.id],
  );
  const { as } = key as { as: { accountId: string } };
  const held = ['Ada', 'Lovelace', 'James', 'SW1Y', as.accountId].filter((personal) => rows[0].whole.includes(personal));
  expect(held).toEqual([]);
});
