/**
 * Goal: what the provider refuses to pay back is owed, seen by staff, and paid back once, by the provider or another way, whoever asks and however often.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Order } from '#contracts/order.ts';
import { Refund } from '#contracts/refund.ts';
import { pageOf } from '#contracts/values.ts';

import { auditBooks } from '../testing/books.ts';
import { inRounds } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, pay, placeOrder, readOrder } from '../testing/shop.ts';
import { settleRefund } from './send.ts';

const PRICE = 895;
const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const elsewhere = { givenBy: 'elsewhere', reference: 'BACS-17' } as const;
const byProvider = { givenBy: 'provider' } as const;

let scene: Scene;
let mug: string;
beforeAll(async () => {
  scene = await openScene();
  mug = await scene.product('R-MUG', 500, { onHand: 100_000 });
});
afterAll(async () => {
  await scene.sandbox.settled();
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

/** An order that is cancelled, and whose money the provider does not give back the first time. */
async function refused(method: 'card-closed' | 'card-reopened') {
  const placed = await placeOrder(scene, [{ productId: mug, quantity: 1 }], newCustomer());
  await pay(scene, placed, method);
  await scene.call('POST', `${placed.url}/cancellation`, placed.key);
  const refund = (await owed()).find(({ orderId }) => orderId === placed.order.id);
  if (refund === undefined) throw new Error('nothing was refused');
  return { placed, refund };
}

/** One mug of four comes back of a delivered order, and the provider does not give its price back: three times as much could still go. */
async function refusedPart() {
  const placed = await placeOrder(scene, [{ productId: mug, quantity: 4 }], newCustomer());
  await pay(scene, placed, 'card-reopened');
  const by = (as: 'warehouse' | 'support', path: string, body?: object) =>
    scene.call('POST', `${placed.url}${path}`, { as, idempotencyKey: randomUUID(), ...(body === undefined ? {} : { body }) });
  const { shipments } = bodyOf(Order, await by('warehouse', '/shipments', { lines: [{ productId: mug, quantity: 4 }] }));
  await by('warehouse', `/shipments/${shipments[0]?.id}/delivery`);
  await by('support', '/returns', { lines: [{ productId: mug, quantity: 1, resellable: true }] });
  const refund = (await owed()).find(({ orderId }) => orderId === placed.order.id);
  if (refund === undefined) throw new Error('nothing was refused');
  return { placed, refund };
}

async function owed(as: 'support' | 'admin' = 'support'): Promise<Refund[]> {
  const answer = await scene.call('GET', '/v1/orders/refunds?owed=true&limit=200', { as });
  return bodyOf(pageOf(Refund), answer).items;
}

const retry = (id: string, body: object, key: string = randomUUID(), as: 'support' | 'admin' = 'support') =>
  scene.call('POST', `/v1/orders/refunds/${id}/retries`, { as, idempotencyKey: key, body });

describe('a refund that the provider does not answer', () => {
  it('is seen after a quarter of an hour, and nobody pays it once more', async () => {
    const placed = await placeOrder(scene, [{ productId: mug, quantity: 1 }], newCustomer());
    await pay(scene, placed);
    await scene.call('POST', `${placed.url}/cancellation`, placed.key);
    const { rows } = await scene.inspect.query<{ id: string }>(
      `UPDATE orders.refund SET state = 'requested', settled_at = NULL WHERE payment_id IN (SELECT id FROM orders.payment WHERE order_id = $1) RETURNING id`,
      [placed.order.id],
    );
    const [id] = rows.map((row) => row.id);
    expect((await owed()).map((refund) => refund.id)).not.toContain(id);
    // Whoever sent it may still be waiting: for a minute no sweep asks for it.
    expect(await scene.call('POST', '/v1/orders/sweep', { as: 'operator' })).toMatchObject({ body: { refunds: 0 } });
    await scene.inspect.query(`UPDATE orders.refund SET created_at = now() - interval '16 minutes' WHERE id = $1`, [id]);
    expect((await owed()).find((refund) => refund.id === id)).toMatchObject({ state: 'requested' });
    expect(await retry(id!, byProvider)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    // The provider's answer after all.
    await scene.inspect.query(`UPDATE orders.refund SET state = 'done', settled_at = now() WHERE id = $1`, [id]);
  });
});

describe('a refund that the provider refuses', () => {
  it('is owed until the provider takes another', async () => {
    const { placed, refund } = await refused('card-reopened');
    expect(refund).toMatchObject({ state: 'failed', cause: 'cancelled', amount: money(PRICE), givenBy: 'provider', retriedAs: null });
    const again = bodyOf(Refund, await retry(refund.id, byProvider));
    expect(again).toMatchObject({ state: 'done', retryOf: refund.id, amount: money(PRICE), givenBy: 'provider', reference: null });
    expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'refunded', payments: [{ refunded: money(PRICE) }] });
    expect(scene.sandbox.ledger.balanceOf(refund.paymentId)).toBe(0);
    expect((await owed()).map(({ id }) => id)).not.toContain(refund.id);
  });

  it('is owed still where the provider refuses the other one too, and paid back another way then', async () => {
    const { placed, refund } = await refused('card-closed');
    const second = bodyOf(Refund, await retry(refund.id, byProvider));
    expect(second).toMatchObject({ state: 'failed', retryOf: refund.id });
    const stillOwed = (await owed()).filter(({ orderId }) => orderId === placed.order.id);
    expect(stillOwed.map(({ id }) => id)).toEqual([second.id]);
    const third = bodyOf(Refund, await retry(second.id, elsewhere));
    expect(third).toMatchObject({ state: 'done', ...elsewhere, retryOf: second.id });
    expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'refunded' });
    // The provider was not asked: it holds the money still, and the merchant has given it back.
    expect(scene.sandbox.ledger.balanceOf(refund.paymentId)).toBe(PRICE);
  });

  it('is paid back once, however often that is asked for', async () => {
    const { placed, refund } = await refused('card-reopened');
    const key = randomUUID();
    const first = bodyOf(Refund, await retry(refund.id, byProvider, key));
    expect(bodyOf(Refund, await retry(refund.id, byProvider, key))).toEqual(first);
    expect(await retry(refund.id, elsewhere)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await retry(first.id, elsewhere)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect((await readOrder(scene, placed)).payments).toMatchObject([{ refunded: money(PRICE) }]);
  });

  it('is paid back once by two who ask at the same time', async () => {
    await inRounds(async (round) => {
      const { placed, refund } = await refused('card-reopened');
      const answers = await Promise.all([retry(refund.id, byProvider), retry(refund.id, elsewhere)]);
      expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([201, 409]);
      expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'refunded', payments: [{ refunded: money(PRICE) }] });
    });
  }, 120_000);

  it('of a part is paid back once too, though more could go', async () => {
    await inRounds(async (round) => {
      const { placed, refund } = await refusedPart();
      expect(refund).toMatchObject({ cause: 'returned', amount: money(500) });
      const answers = await Promise.all([retry(refund.id, elsewhere), retry(refund.id, elsewhere)]);
      expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([201, 409]);
      // Neither the one that was refused, nor the one that took its place.
      const [taken] = answers.filter(({ status }) => status === 201).map((answer) => bodyOf(Refund, answer));
      for (const { id } of [refund, taken!])
        expect(await retry(id, elsewhere)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
      expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'partly_refunded', payments: [{ refunded: money(500) }] });
    });
  }, 120_000);

  it('of a part is settled once, and told once, by two who ask the provider at the same time', async () => {
    const { placed, refund } = await refusedPart();
    await scene.inspect.query(
      `WITH taken AS (UPDATE orders.payment SET refunded_minor = refunded_minor + $2 WHERE id = $1)
       UPDATE orders.refund SET state = 'requested', settled_at = NULL WHERE id = $3`,
      [refund.paymentId, refund.amount.amountMinor, refund.id],
    );
    const settle = () => scene.deps.db.transaction().execute((trx) => settleRefund(trx, refund.id, 'done'));
    await Promise.all([settle(), settle(), settle()]);
    expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'partly_refunded', payments: [{ refunded: money(500) }] });
    const { rows } = await scene.inspect.query(
      `SELECT (SELECT count(*)::int FROM orders.order_event WHERE order_id = $1 AND event = 'refund_part') AS events,
         (SELECT count(*)::int FROM events.outbox WHERE subject = $1::text AND type = 'madeinworld.payment.refunded.v1') AS told`,
      [placed.order.id],
    );
    expect(rows).toEqual([{ events: 1, told: 1 }]);
    // What comes later and says otherwise is no news.
    await scene.deps.db.transaction().execute((trx) => settleRefund(trx, refund.id, 'failed'));
    expect(await readOrder(scene, placed)).toMatchObject({ payments: [{ refunded: money(500) }] });
  });

  it('and whose successor is not sent is sent by the sweep', async () => {
    const { placed, refund } = await refused('card-reopened');
    const id = randomUUID();
    await scene.inspect.query(
      `WITH taken AS (UPDATE orders.payment SET refunded_minor = refunded_minor + $3 WHERE id = $2)
       INSERT INTO orders.refund (id, payment_id, cause, amount_minor, retry_of, asked_at) VALUES ($1, $2, 'cancelled', $3, $4, now() - interval '2 min')`,
      [id, refund.paymentId, PRICE, refund.id],
    );
    await scene.call('POST', '/v1/orders/sweep', { as: 'operator' });
    expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'refunded' });
    expect(scene.sandbox.ledger.balanceOf(refund.paymentId)).toBe(0);
  });
});

describe('who asks', () => {
  it.each([
    [{}, 400],
    [{ givenBy: 'elsewhere' }, 400],
    [{ givenBy: 'provider', reference: 'X' }, 400],
  ])('for %j gets %i, and the money stays owed', async (body, status) => {
    const { refund } = await refused('card-closed');
    expect((await retry(refund.id, body)).status).toBe(status);
    expect((await owed()).map(({ id }) => id)).toContain(refund.id);
  });

  it('without a key, or for what is not there, is told so', async () => {
    const { refund } = await refused('card-closed');
    expect((await scene.call('POST', `/v1/orders/refunds/${refund.id}/retries`, { as: 'support', body: byProvider })).status).toBe(400);
    expect((await retry(randomUUID(), byProvider)).status).toBe(404);
  });

  it.each(['customer', 'catalogue', 'warehouse', 'operator'] as const)('as %s may not', async (as) => {
    expect((await scene.call('GET', '/v1/orders/refunds', { as })).status).toBe(403);
    const refuse = await scene.call('POST', `/v1/orders/refunds/${randomUUID()}/retries`, {
      as,
      idempotencyKey: 'k-12345678',
      body: byProvider,
    });
    expect(refuse.status).toBe(403);
  });
});
