/**
 * Goal: an order that is shown otherwise than before has another entity tag and another `updatedAt`: a tag is a strong one, and whoever keeps orders asks what has changed.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { Order } from '#contracts/order.ts';

import { settlePayment } from '../payments/settle.ts';
import { retryRefund } from '../refunds/retry.ts';
import { settleRefund } from '../refunds/send.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, pay, placeOrder } from '../testing/shop.ts';

let scene: Scene;
let mug: string;
beforeAll(async () => {
  scene = await openScene();
  mug = await scene.product('V-MUG', 500, { onHand: 100 });
});
afterAll(() => scene.close());

type Placed = Awaited<ReturnType<typeof placeOrder>>;

async function paidOrder(): Promise<Placed> {
  const placed = await placeOrder(scene, [{ productId: mug, quantity: 2 }], newCustomer());
  await pay(scene, placed);
  return placed;
}

/** The order as it is shown before and after `change`, which has to be another version of it. */
async function changed(placed: Placed, change: () => Promise<unknown>): Promise<readonly [before: Order, after: Order]> {
  const read = async () => {
    const answer = await scene.call('GET', placed.url, placed.key);
    return { order: bodyOf(Order, answer), tag: answer.headers['etag'] };
  };
  const before = await read();
  await change();
  const after = await read();
  expect(after.order).not.toEqual(before.order);
  expect(after.tag).not.toBe(before.tag);
  expect(after.order.updatedAt > before.order.updatedAt).toBe(true);
  return [before.order, after.order];
}

it('where the first of two shipments arrives; where it has arrived already, nothing changes', async () => {
  const placed = await paidOrder();
  const ship = () =>
    scene.call('POST', `${placed.url}/shipments`, {
      as: 'warehouse',
      idempotencyKey: randomUUID(),
      body: { lines: [{ productId: mug, quantity: 1 }] },
    });
  const [first] = bodyOf(Order, await ship()).shipments;
  await ship();
  const deliver = () => scene.call('POST', `${placed.url}/shipments/${first!.id}/delivery`, { as: 'warehouse' });
  const [, after] = await changed(placed, deliver);
  expect(after).toMatchObject({ fulfilmentState: 'shipped', shipments: [{ id: first!.id, deliveredAt: expect.any(String) }, {}] });
  const tag = async () => (await scene.call('GET', placed.url, placed.key)).headers['etag'];
  const delivered = await tag();
  expect((await deliver()).status).toBe(200);
  expect(await tag()).toBe(delivered);
});

it('where a refund is refused, and where another takes its place', async () => {
  const placed = await paidOrder();
  const [payment] = bodyOf(Order, await scene.call('GET', placed.url, placed.key)).payments;
  const { rows } = await scene.inspect.query<{ id: string }>(
    `WITH asked AS (UPDATE orders.payment SET refunded_minor = 500 WHERE id = $1 RETURNING id)
     INSERT INTO orders.refund (id, payment_id, cause, amount_minor) SELECT gen_random_uuid(), id, 'returned', 500 FROM asked RETURNING id`,
    [payment!.id],
  );
  const id = rows[0]!.id;
  const refuse = () => scene.database.db.transaction().execute((trx) => settleRefund(trx, id, 'failed'));
  const refundedOf = ({ payments }: Order) => payments[0]?.refunded.amountMinor;
  expect((await changed(placed, refuse)).map(refundedOf)).toEqual([500, 0]);
  // The provider does not say yet: there is nothing of it but that it was asked for.
  const silent = { ...scene.deps, provider: { ...scene.deps.provider, refund: async () => 'unknown' as const } };
  const request = { schema: 'orders', scope: 'refund', key: randomUUID(), requestHash: Buffer.alloc(32) };
  const retry = () => retryRefund(silent, id, request, { givenBy: 'provider' }, randomUUID());
  expect((await changed(placed, retry)).map(refundedOf)).toEqual([0, 500]);
});

it.each(['captured', 'failed'] as const)('where another attempt to pay it turns out %s', async (outcome) => {
  const placed = await paidOrder();
  const { rows } = await scene.inspect.query<{ id: string }>(
    `INSERT INTO orders.payment (id, order_id, state, amount_minor, currency)
     SELECT gen_random_uuid(), order_id, 'unknown', amount_minor, currency FROM orders.payment WHERE order_id = $1 RETURNING id`,
    [placed.order.id],
  );
  const settle = () => scene.database.db.transaction().execute((trx) => settlePayment(trx, 'world', rows[0]!.id, outcome, 'provider'));
  const [, after] = await changed(placed, settle);
  expect(after.payments.map(({ state }) => state).toSorted()).toEqual(['captured', outcome].toSorted());
});
