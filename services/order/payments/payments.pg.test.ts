import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Invoice } from '#contracts/invoice.ts';
import { Order, Payment } from '#contracts/order.ts';

import { auditBooks } from '../testing/books.ts';
import { ageOpen, callBackTo, letBeOverdue, sweptBy } from '../testing/passing-time.ts';
import { inRounds } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { newCustomer, pay, placeOrder, readOrder } from '../testing/shop.ts';

let scene: Scene;
let mug: string;
beforeAll(async () => {
  scene = await openScene();
  mug = await scene.product('P-MUG', 500, { onHand: 100_000 });
});
afterAll(async () => {
  await scene.sandbox.settled();
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

const place = (key = newCustomer()) => placeOrder(scene, [{ productId: mug, quantity: 1 }], key);
const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const sweep = () => sweptBy(scene);
const age = (orderId: string) => ageOpen(scene, orderId);
const overdue = (orderId: string, also?: 'expired') => letBeOverdue(scene, orderId, also);
const callback = (body: object, options?: Parameters<typeof callBackTo>[2]) => callBackTo(scene, body, options);

describe('a payment that succeeds', () => {
  it('confirms the order, allocates its goods and writes the invoice', async () => {
    const placed = await place();
    const answer = await pay(scene, placed);
    expect(answer.status).toBe(201);
    expect(bodyOf(Payment, answer)).toMatchObject({ state: 'captured', amount: money(895), refunded: money(0) });
    expect(await readOrder(scene, placed)).toMatchObject({
      state: 'confirmed',
      paymentState: 'captured',
      fulfilmentState: 'allocated',
      payments: [{ state: 'captured' }],
    });
    const invoice = bodyOf(Invoice, await scene.call('GET', `${placed.url}/invoice`, placed.key));
    expect(invoice).toMatchObject({
      number: expect.stringMatching(/^W-\d{4}-\d{6}$/),
      orderNumber: placed.order.number,
      buyer: { recipient: 'Ada Lovelace', country: 'GB' },
      taxBasisPoints: 2_000,
      totals: { total: money(895) },
    });
    expect(invoice.buyer).not.toHaveProperty('phone');
    expect((await scene.call('GET', `${placed.url}/invoice`, newCustomer())).status).toBe(404);
  });

  it('is one payment however often its request is sent, and its order takes no other', async () => {
    const placed = await place();
    const key = randomUUID();
    const first = bodyOf(Payment, await pay(scene, placed, 'card-ok', key));
    const asked = scene.sandbox.heard.length;
    expect(bodyOf(Payment, await pay(scene, placed, 'card-ok', key)).id).toBe(first.id);
    expect(scene.sandbox.heard).toHaveLength(asked);
    // A key is of its order: under the same one another is paid.
    const other = await place(placed.key);
    expect(bodyOf(Payment, await pay(scene, other, 'card-ok', key)).id).not.toBe(first.id);
    expect(await readOrder(scene, other)).toMatchObject({ state: 'confirmed' });
    expect((await pay(scene, placed, 'card-declined', key)).status).toBe(422);
    expect(await pay(scene, placed)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(scene.sandbox.ledger.balanceOf(first.id)).toBe(895);
  });

  it('is somebody’s who may see the order', async () => {
    const placed = await place();
    expect((await pay(scene, { ...placed, key: newCustomer() })).status).toBe(404);
    expect((await pay(scene, { ...placed, key: {} })).status).toBe(401);
    expect((await scene.call('GET', `${placed.url}/invoice`, placed.key)).status).toBe(404);
  });
});

describe('a payment that fails', () => {
  it('leaves the order pending, and another may be tried', async () => {
    const placed = await place();
    expect(await pay(scene, placed, 'card-declined')).toMatchObject({ status: 201, body: { state: 'failed' } });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'pending', paymentState: 'failed', fulfilmentState: 'none' });
    expect(await pay(scene, placed)).toMatchObject({ status: 201, body: { state: 'captured' } });
    expect((await readOrder(scene, placed)).payments.map(({ state }) => state)).toEqual(['failed', 'captured']);
  });
});

describe('a payment of which nobody knows', () => {
  it.each([
    ['card-slow-ok', 'captured', 'confirmed'],
    ['card-broken-ok', 'captured', 'confirmed'],
    ['card-lost', 'failed', 'pending'],
    ['wallet-silent', 'captured', 'confirmed'],
  ])('%s: the provider is asked, and it is %s', async (method, paymentState, state) => {
    const placed = await place();
    expect(await pay(scene, placed, method)).toMatchObject({ status: 202, body: { state: 'unknown' } });
    expect(await pay(scene, placed)).toMatchObject({ status: 409 });
    await sweep();
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'pending', paymentState: 'unknown' });
    await age(placed.order.id);
    expect(await sweep()).toMatchObject({ payments: 1 });
    expect(await readOrder(scene, placed)).toMatchObject({ state, paymentState });
  });

  it('and which never left stays with us, and is failed when the provider has not heard of it', async () => {
    const placed = await place();
    await scene.inspect.query(
      `WITH o AS (UPDATE orders.order SET payment_state = 'started' WHERE id = $1 RETURNING id),
         e AS (INSERT INTO orders.order_event (order_id, machine, event, from_state, to_state, actor) VALUES ($1, 'payment', 'start', 'none', 'started', 'customer'))
       INSERT INTO orders.payment (id, order_id, state, amount_minor, currency) VALUES ($2, $1, 'started', 895, 'GBP')`,
      [placed.order.id, randomUUID()],
    );
    await age(placed.order.id);
    await sweep();
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'pending', paymentState: 'failed' });
  });
});

describe('a callback', () => {
  it('settles a payment, and told twice at once it is told once', async () => {
    for (const [method, state] of [
      ['wallet-ok', 'captured'],
      ['wallet-declined', 'failed'],
    ] as const) {
      const placed = await place();
      await pay(scene, placed, method);
      await scene.sandbox.settled();
      expect(await readOrder(scene, placed)).toMatchObject({ paymentState: state, payments: [{ state }] });
    }
  });

  it('is believed by its signature alone', async () => {
    const placed = await place();
    const { id } = bodyOf(Payment, await pay(scene, placed, 'wallet-silent'));
    const body = { paymentId: id, outcome: 'captured' };
    const refused = async (answer: ReturnType<typeof callback>, code: string) =>
      expect(await answer).toMatchObject({ status: 401, body: { code } });
    await refused(scene.call('POST', '/v1/payments/callbacks', { body }), 'signature_missing');
    await refused(callback(body, { secret: 'another'.repeat(8) }), 'signature_invalid');
    await refused(callback(body, { signed: { ...body, outcome: 'failed' } }), 'signature_invalid');
    await refused(callback(body, { atMs: Date.now() - 301_000 }), 'signature_clock');
    await refused(callback(body, { atMs: Date.now() + 301_000 }), 'signature_clock');
    expect((await callback({ paymentId: randomUUID(), outcome: 'captured' })).status).toBe(404);
    expect((await callback({ paymentId: id })).status).toBe(400);
    expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'unknown' });
    expect((await callback({ ...body, more: 'of the provider’s' })).status).toBe(204);
    expect((await callback({ paymentId: id, outcome: 'failed' })).status).toBe(204);
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured' });
  });

  it('three times at once, again and again, leaves one invoice, one allocation, one history', async () => {
    await inRounds(async (round) => {
      const placed = await place();
      const { id } = bodyOf(Payment, await pay(scene, placed, 'wallet-silent'));
      const answers = await Promise.all([1, 2, 3].map(() => callback({ paymentId: id, outcome: 'captured' })));
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
      const { rows } = await scene.inspect.query(
        `SELECT (SELECT count(*)::int FROM orders.invoice WHERE order_id = $1) AS invoices,
           (SELECT count(*)::int FROM orders.order_event WHERE order_id = $1 AND event IN ('confirm', 'capture', 'allocate')) AS events`,
        [placed.order.id],
      );
      expect(rows, `round ${round}`).toEqual([{ invoices: 1, events: 3 }]);
    });
  }, 120_000);
});

describe('two payments', () => {
  it('at once are one', async () => {
    await inRounds(async (round) => {
      const placed = await place();
      const answers = await Promise.all([pay(scene, placed), pay(scene, placed)]);
      expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([201, 409]);
      expect((await readOrder(scene, placed)).payments).toHaveLength(1);
    });
  }, 120_000);

  it('of which the first turns out to be captured after all: the second stands, the first goes back', async () => {
    const placed = await place();
    const lost = bodyOf(Payment, await pay(scene, placed, 'card-broken-ok'));
    await callback({ paymentId: lost.id, outcome: 'failed' });
    await pay(scene, placed);
    await callback({ paymentId: lost.id, outcome: 'captured' });
    const order = await readOrder(scene, placed);
    expect(order).toMatchObject({ state: 'confirmed', paymentState: 'captured' });
    expect(order.payments).toMatchObject([{ id: lost.id, refunded: money(895) }, { refunded: money(0) }]);
    expect(scene.sandbox.ledger.balanceOf(lost.id)).toBe(0);
    // Who paid twice is told of it, once, however often the provider calls.
    await callback({ paymentId: lost.id, outcome: 'captured' });
    const { rows } = await scene.inspect.query('SELECT type FROM events.outbox WHERE subject = $1 ORDER BY seq', [placed.order.id]);
    expect(rows.map(({ type }) => type)).toEqual([
      'madeinworld.order.placed.v1',
      'madeinworld.order.confirmed.v1',
      'madeinworld.payment.duplicate_refunded.v1',
    ]);
    // The order's own is the other one: with a cancellation that goes back, too.
    const cancelled = bodyOf(Order, await scene.call('POST', `${placed.url}/cancellation`, placed.key));
    expect(cancelled).toMatchObject({ state: 'cancelled', paymentState: 'refunded' });
    for (const { id, amount, refunded } of cancelled.payments) {
      expect(refunded).toEqual(amount);
      expect(scene.sandbox.ledger.balanceOf(id)).toBe(0);
    }
  });

  it.each([
    ['captured too', 'captured', 0],
    ['failed', 'failed', 0],
  ] as const)(
    'of which the first turns out to be captured while the second is under way: the first stands, and the second may be %s',
    async (_what, outcome, kept) => {
      const placed = await place();
      const first = bodyOf(Payment, await pay(scene, placed, 'card-broken-ok'));
      await callback({ paymentId: first.id, outcome: 'failed' });
      const second = bodyOf(Payment, await pay(scene, placed, 'wallet-silent'));
      await callback({ paymentId: first.id, outcome: 'captured' });
      expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured' });
      expect(await callback({ paymentId: second.id, outcome })).toMatchObject({ status: 204 });
      expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured', fulfilmentState: 'allocated' });
      expect(scene.sandbox.ledger.balanceOf(first.id)).toBe(895);
      if (outcome === 'captured') expect(scene.sandbox.ledger.balanceOf(second.id)).toBe(kept);
    },
  );

  it('of which the only one turns out to be captured after all confirms the order', async () => {
    const placed = await place();
    const lost = bodyOf(Payment, await pay(scene, placed, 'card-broken-ok'));
    await callback({ paymentId: lost.id, outcome: 'failed' });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'pending', paymentState: 'failed' });
    await callback({ paymentId: lost.id, outcome: 'captured' });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured' });
  });
});

describe('a payment that is captured too late', () => {
  it('is paid back, and the order has expired', async () => {
    const placed = await place();
    const { id } = bodyOf(Payment, await pay(scene, placed, 'card-broken-ok'));
    await overdue(placed.order.id, 'expired');
    await callback({ paymentId: id, outcome: 'captured' });
    expect(await readOrder(scene, placed)).toMatchObject({
      state: 'expired',
      paymentState: 'refunded',
      payments: [{ refunded: money(895) }],
    });
    expect(scene.sandbox.ledger.balanceOf(id)).toBe(0);
    expect((await scene.call('GET', `${placed.url}/invoice`, placed.key)).status).toBe(404);
  });

  it('is taken while its goods are still there, though their time is up', async () => {
    const placed = await place();
    const { id } = bodyOf(Payment, await pay(scene, placed, 'wallet-silent'));
    await overdue(placed.order.id);
    await callback({ paymentId: id, outcome: 'captured' });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed' });
  });

  it('is taken by a sweep that asks about it before it lets the order go', async () => {
    const placed = await place();
    await pay(scene, placed, 'wallet-silent');
    await overdue(placed.order.id);
    await age(placed.order.id);
    expect(await sweep()).toMatchObject({ payments: 1, expired: 0 });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'confirmed', paymentState: 'captured' });
  });

  it('keeps no goods for as long as nobody knows of it', async () => {
    const placed = await place();
    const { id } = bodyOf(Payment, await pay(scene, placed, 'wallet-silent'));
    await overdue(placed.order.id);
    // It is too young to be asked about.
    expect(await sweep()).toMatchObject({ payments: 0, expired: 1 });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'expired', paymentState: 'unknown' });
    await callback({ paymentId: id, outcome: 'captured' });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'expired', paymentState: 'refunded' });
    expect(scene.sandbox.ledger.balanceOf(id)).toBe(0);
  });

  it('is not even tried once the time is up', async () => {
    const placed = await place();
    await overdue(placed.order.id);
    expect(await pay(scene, placed)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await sweep()).toMatchObject({ expired: 1 });
    expect(await readOrder(scene, placed)).toMatchObject({ state: 'expired', paymentState: 'none' });
  });

  it('by a card that takes nothing back is an error that staff is told of, and not asked for again', async () => {
    const placed = await place();
    const { id } = bodyOf(Payment, await pay(scene, placed, 'card-closed'));
    expect(await scene.call('POST', `${placed.url}/cancellation`, placed.key)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await readOrder(scene, placed)).toMatchObject({ paymentState: 'captured', payments: [{ refunded: money(0) }] });
    await age(placed.order.id);
    expect(await sweep()).toMatchObject({ refunds: 0 });
    expect(scene.sandbox.ledger.balanceOf(id)).toBe(895);
  });
});

describe('expiry and a payment', () => {
  it('race: the order is confirmed and paid, or expired and paid back', async () => {
    await inRounds(async (round) => {
      const placed = await place();
      const { id } = bodyOf(Payment, await pay(scene, placed, 'wallet-silent'));
      // The sweep asks about no payment that is younger than a minute: only the expiry races.
      await overdue(placed.order.id);
      const [swept] = await Promise.all([sweep(), callback({ paymentId: id, outcome: 'captured' })]);
      expect(swept).toHaveProperty('expired');
      const { state, paymentState, fulfilmentState } = await readOrder(scene, placed);
      expect(['confirmed captured allocated', 'expired refunded none'], `round ${round}`).toContain(
        `${state} ${paymentState} ${fulfilmentState}`,
      );
    });
  }, 120_000);
});

describe('who may sweep', () => {
  it.each(['customer', 'support', 'catalogue', 'warehouse'] as const)('%s may not', async (as) => {
    expect((await scene.call('POST', '/v1/orders/sweep', { as })).status).toBe(403);
  });
});
