/**
 * Goal: sales that were made elsewhere become orders at the agreed prices, once for each reference, with stock, books and states as of any other order; and what is
 * given back of them is money of elsewhere. Planted once: a reference that is looked up and not taken, stock that is taken line by line, a refund that goes to the
 * provider, a price of the catalogue.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Order, OrderSummary } from '#contracts/order.ts';
import { RecordedSales, type Sale } from '#contracts/sale.ts';
import { pageOf } from '#contracts/values.ts';
import { brokenRules } from '#inventory/testing/books.ts';
import type { Role } from '#platform/access.ts';

import { auditBooks } from '../testing/books.ts';
import { inRounds } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { home, newCustomer } from '../testing/shop.ts';

let scene: Scene;
let [mug, lamp]: string[] = [];
let serial = 0;
beforeAll(async () => {
  scene = await openScene();
  [mug, lamp] = [await scene.product('S-MUG', 500), await scene.product('S-LAMP', 3_333)];
  await receive(mug, 10_000);
  await receive(lamp, 10_000);
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  expect(await brokenRules(scene.inspect)).toEqual([]);
  await scene.close();
});

async function receive(productId: string, quantity: number): Promise<void> {
  const store = '00000000-0000-5000-8000-00000000000a';
  await scene.inspect.query(`INSERT INTO inventory.stock (store_id, product_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
    store,
    productId,
  ]);
  await scene.inspect.query(`UPDATE inventory.stock SET on_hand = on_hand + $3 WHERE store_id = $1 AND product_id = $2`, [
    store,
    productId,
    quantity,
  ]);
  await scene.inspect.query(
    `INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, reference, actor) VALUES ($1, $2, 'received', $3, 'test', 'test')`,
    [store, productId, quantity],
  );
}
const abroadIn = (country: string): Sale['shipTo'] => ({
  form: 'western',
  phone: '+33140000000',
  recipient: 'Ada Lovelace',
  lines: ['1 rue de la Paix'],
  city: 'Paris',
  region: null,
  postcode: '75002',
  country,
});
const line = (productId: string | undefined, quantity: number, unitMinor: number) => ({ productId: productId!, quantity, unitMinor });
const sale = (more: Partial<Sale> = {}): Sale => ({
  reference: `R-${(serial += 1)}`,
  soldAt: '2010-12-01T08:26:00Z',
  shipTo: home,
  lines: [line(mug, 3, 255)],
  ...more,
});
const send = (sales: readonly Sale[], as: Role = 'support', more: object = {}) =>
  scene.call('POST', '/v1/orders/sales', { as, body: { channel: 'trade fair', currency: 'GBP', sales, ...more } });
const record = async (sales: readonly Sale[]) => bodyOf(RecordedSales, await send(sales)).sales;
const read = async (id: string) => bodyOf(Order, await scene.call('GET', `/v1/orders/${id}`, { as: 'support' }));
const onHand = async (productId: string | undefined) =>
  (await scene.inspect.query('SELECT on_hand - reserved AS available FROM inventory.stock WHERE product_id = $1', [productId])).rows[0]
    .available as number;
const countOf = async (reference: string) =>
  (await scene.inspect.query('SELECT count(*)::int AS n FROM orders.sale WHERE reference = $1', [reference])).rows[0].n as number;

describe('sales that are recorded', () => {
  it('become orders that are over, at the agreed prices, without delivery, and are their customer’s', async () => {
    const before = await onHand(mug);
    const customer = newCustomer();
    const accountId = (customer.as as { accountId: string }).accountId;
    const one = sale({ accountId, lines: [line(mug, 3, 255), line(lamp, 2, 1)] });
    const [recorded] = await record([one]);
    expect(recorded).toMatchObject({ reference: one.reference, isNew: true });
    const order = bodyOf(Order, await scene.call('GET', `/v1/orders/${recorded!.orderId}`, customer));
    expect(order).toMatchObject({
      state: 'completed',
      paymentState: 'captured',
      fulfilmentState: 'delivered',
      total: { amountMinor: 767, currency: 'GBP' },
      totals: { shipping: { amountMinor: 0 } },
      lines: [
        { productId: mug, unit: { amountMinor: 255 }, quantity: 3, shipped: 3, total: { amountMinor: 765 } },
        { productId: lamp, unit: { amountMinor: 1 }, quantity: 2, shipped: 2, total: { amountMinor: 2 } },
      ],
      payments: [{ state: 'captured', amount: { amountMinor: 767 } }],
      shipments: [{ lines: [{ quantity: 3 }, { quantity: 2 }] }],
      sale: { reference: one.reference, channel: 'trade fair', soldAt: '2010-12-01T08:26:00.000000Z' },
    });
    expect(await onHand(mug)).toBe(before - 3);
    expect((await scene.call('GET', `/v1/orders/${recorded!.orderId}/invoice`, customer)).status).toBe(200);
    const found = bodyOf(pageOf(OrderSummary), await scene.call('GET', `/v1/orders?reference=${one.reference}`, { as: 'support' }));
    expect(found.items.map(({ id }) => id)).toEqual([recorded!.orderId]);
    expect((await scene.call('GET', `/v1/orders/${recorded!.orderId}`, newCustomer())).status).toBe(404);
    const told = await scene.inspect.query('SELECT type FROM events.outbox WHERE subject = $1', [recorded!.orderId]);
    expect(told.rows).toEqual([]);
  });

  it('are recorded once for each reference, whoever else is recorded with them and however often', async () => {
    const before = await onHand(mug);
    const [one, other] = [sale(), sale()];
    const first = await record([one]);
    const again = await record([other, one]);
    expect(again.map(({ isNew }) => isNew)).toEqual([true, false]);
    expect(again[1]).toMatchObject({ orderId: first[0]!.orderId, number: first[0]!.number });
    expect(await onHand(mug)).toBe(before - 6);
  });

  it('are what they were also when their customer has been erased since', async () => {
    const customer = newCustomer();
    const accountId = (customer.as as { accountId: string }).accountId;
    const one = sale({ accountId });
    const [recorded] = await record([one]);
    await scene.inspect.query('SELECT orders.erase($1)', [accountId]);
    const [again] = await record([{ ...one, accountId: randomUUID() }]);
    expect(again).toEqual({ ...recorded, isNew: false });
    expect((await scene.call('GET', `/v1/orders/${recorded!.orderId}`, customer)).status).toBe(404);
    expect(await read(recorded!.orderId)).toMatchObject({ shipTo: null });
  });

  it('keep nothing of a customer who has been erased before', async () => {
    const accountId = randomUUID();
    await scene.inspect.query(
      `INSERT INTO users.erasure (id, account_digest, erased) VALUES (gen_random_uuid(), sha256(convert_to($1, 'UTF8')), '{}')`,
      [accountId],
    );
    const [theirs, others] = [sale({ accountId }), sale({ accountId: randomUUID() })];
    const [forgotten, kept] = await record([theirs, others]);
    expect(await read(forgotten!.orderId)).toMatchObject({ shipTo: null, state: 'completed' });
    expect((await read(kept!.orderId)).shipTo).not.toBeNull();
    const { rows } = await scene.inspect.query(
      'SELECT o.account_id, i.buyer FROM orders.order o JOIN orders.invoice i ON i.order_id = o.id WHERE o.id = $1',
      [forgotten!.orderId],
    );
    expect(rows).toEqual([{ account_id: null, buyer: null }]);
  });

  it('are recorded once when they come many times at once, in any order', async () => {
    const before = await onHand(mug);
    const batch = Array.from({ length: 8 }, () => sale({ lines: [line(mug, 1, 7), line(lamp, 1, 9)] }));
    const answers: Awaited<ReturnType<typeof record>>[] = [];
    await inRounds(async (round) => void answers.push(await record(round % 2 === 0 ? batch : batch.toReversed())));
    for (const { reference } of batch) {
      const mine = answers.flatMap((sales) => sales.filter((one) => one.reference === reference));
      expect(mine.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(mine.map(({ orderId }) => orderId)).size).toBe(1);
    }
    expect(await onHand(mug)).toBe(before - 8);
  });

  it.each([
    ['another quantity', { lines: [{ quantity: 4 }] }],
    ['a penny more', { lines: [{ unitMinor: 256 }] }],
    ['another time', { soldAt: '2010-12-01T08:27:00Z' }],
    ['another country', { shipTo: abroadIn('FR') }],
  ])('keep what they are: %s under the same reference is refused', async (_what, change) => {
    const one = sale();
    const [recorded] = await record([one]);
    const other: Sale = { ...one, ...change, lines: [{ ...one.lines[0]!, ...(change as { lines?: object[] }).lines?.[0] }] };
    const another = sale();
    expect(await send([another, other])).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect((await read(recorded!.orderId)).total).toEqual({ amountMinor: 765, currency: 'GBP' });
    expect(await countOf(another.reference)).toBe(0);
  });

  it('are the same in whatever order their lines stand, and others in another currency', async () => {
    const one = sale({ lines: [line(mug, 3, 255), line(lamp, 2, 1)] });
    const [recorded] = await record([one]);
    expect(await record([{ ...one, lines: one.lines.toReversed() }])).toEqual([{ ...recorded, isNew: false }]);
    expect(await send([one], 'support', { currency: 'EUR' })).toMatchObject({ status: 409, body: { code: 'already_exists' } });
  });

  it('are refused whole where one cannot be: stock, products, countries, references and products that stand twice', async () => {
    const before = await onHand(mug);
    const good = sale();
    const bad: readonly [Partial<Sale>, number, string][] = [
      [{ lines: [line(lamp, 1, 1), line(await scene.product('S-RARE', 100, { onHand: 0 }), 2, 1)] }, 409, 'out_of_stock'],
      [{ lines: [line(randomUUID(), 1, 1)] }, 422, 'reference_missing'],
      [{ shipTo: { ...home, country: 'KP' } as Sale['shipTo'] }, 422, 'not_deliverable'],
      [{ shipTo: abroadIn('XX') }, 400, 'invalid_request'],
      [{ lines: [line(mug, 999, 999_999_999_999)] }, 422, 'amount_too_large'],
      [{ lines: [line(mug, 1, 1), line(mug, 1, 1)] }, 400, 'invalid_request'],
      [{ reference: good.reference }, 400, 'invalid_request'],
    ];
    for (const [more, status, code] of bad) expect(await send([good, sale(more)])).toMatchObject({ status, body: { code } });
    expect(await countOf(good.reference)).toBe(0);
    expect(await onHand(mug)).toBe(before);
  });

  it('together take no more than there is, though each by itself would', async () => {
    const rare = await scene.product('S-FEW', 100);
    await receive(rare, 5);
    const few = () => sale({ lines: [line(rare, 3, 100)] });
    expect(await send([few(), few()])).toMatchObject({
      status: 409,
      body: { code: 'out_of_stock', short: [{ productId: rare, available: 5 }] },
    });
    expect(await record([few()])).toHaveLength(1);
    expect(await onHand(rare)).toBe(2);
  });

  it('are support’s to record', async () => {
    for (const as of ['customer', 'warehouse', 'catalogue', 'operator'] as const) expect((await send([sale()], as)).status).toBe(403);
    expect((await scene.call('POST', '/v1/orders/sales', { body: { channel: 'x', currency: 'GBP', sales: [sale()] } })).status).toBe(401);
  });
});

describe('what comes back of them', () => {
  const giveBack = (orderId: string, quantity: number, reference: string, resellable = true) =>
    scene.call('POST', `/v1/orders/${orderId}/returns`, {
      as: 'support',
      idempotencyKey: randomUUID(),
      body: { reference, lines: [{ productId: mug!, quantity, resellable }] },
    });

  it('is in stock again, and paid back where it was paid: the provider is asked for nothing', async () => {
    const [recorded] = await record([sale()]);
    const before = await onHand(mug);
    const order = bodyOf(Order, await giveBack(recorded!.orderId, 2, 'C1'));
    expect(order).toMatchObject({
      paymentState: 'partly_refunded',
      fulfilmentState: 'partly_returned',
      returns: [{ reference: 'C1', refund: { amountMinor: 510 } }],
      payments: [{ refunded: { amountMinor: 510 } }],
    });
    expect(await onHand(mug)).toBe(before + 2);
    const refunds = await scene.inspect.query(
      `SELECT r.state FROM orders.refund r JOIN orders.payment p ON p.id = r.payment_id WHERE p.order_id = $1`,
      [recorded!.orderId],
    );
    expect(refunds.rows).toEqual([{ state: 'done' }]);
    expect(bodyOf(Order, await giveBack(recorded!.orderId, 1, 'C2'))).toMatchObject({
      paymentState: 'refunded',
      fulfilmentState: 'returned',
    });
  });

  it('is taken back once for each reference of the merchant, whatever key it is sent with', async () => {
    const [recorded] = await record([sale()]);
    await giveBack(recorded!.orderId, 1, 'C9');
    const again = await giveBack(recorded!.orderId, 1, 'C9');
    expect(again.status).toBe(201);
    expect(bodyOf(Order, again)).toMatchObject({ returns: [{ reference: 'C9' }], lines: [{ returned: 1 }] });
    for (const other of [giveBack(recorded!.orderId, 2, 'C9'), giveBack(recorded!.orderId, 1, 'C9', false)])
      expect((await other).body).toMatchObject({ status: 409, code: 'already_exists' });
    expect(await read(recorded!.orderId)).toMatchObject({ lines: [{ returned: 1 }] });
  });

  it('are the same sale however its instant is written, and are refused for a day that there is not', async () => {
    const one = sale({ soldAt: '2010-12-01T08:26:00Z' });
    const [first] = await record([one]);
    expect(await record([{ ...one, soldAt: '2010-12-01T08:26:00.000Z' }])).toEqual([{ ...first, isNew: false }]);
    expect((await send([sale({ soldAt: '2011-02-30T08:26:00Z' })])).status).toBe(400);
  });

  it('elsewhere is recorded once for each sale: in stock, paid back, and nobody is told', async () => {
    const one = sale();
    const [recorded] = await record([one]);
    const before = await onHand(mug);
    const back = (reference: string, quantity: number, of = one.reference) => ({
      reference,
      sale: of,
      lines: [{ productId: mug!, quantity, resellable: true }],
    });
    const send = (returns: readonly object[], as: Role = 'support') =>
      scene.call('POST', '/v1/orders/sales/returns', { as, body: { returns } });
    expect(await send([back('C20', 1), back('C21', 1)])).toMatchObject({
      status: 200,
      body: { returns: [{ isNew: true }, { isNew: true }] },
    });
    expect(await send([back('C21', 1), back('C20', 1)])).toMatchObject({
      status: 200,
      body: { returns: [{ isNew: false }, { isNew: false }] },
    });
    expect(await onHand(mug)).toBe(before + 2);
    expect(await read(recorded!.orderId)).toMatchObject({
      paymentState: 'partly_refunded',
      fulfilmentState: 'partly_returned',
      returns: [{ reference: 'C20', refund: { amountMinor: 255 } }, { reference: 'C21' }],
      payments: [{ refunded: { amountMinor: 510 } }],
    });
    expect((await scene.inspect.query('SELECT FROM events.outbox WHERE subject = $1', [recorded!.orderId])).rowCount).toBe(0);
    expect(await send([back('C22', 2)])).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await send([back('C22', 1), back('C23', 1, 'R-none')])).toMatchObject({ status: 422, body: { code: 'reference_missing' } });
    expect(await send([back('C22', 1)])).toMatchObject({ status: 200, body: { returns: [{ isNew: false }] } });
    expect(await read(recorded!.orderId)).toMatchObject({ paymentState: 'refunded', fulfilmentState: 'returned' });
    for (const as of ['customer', 'warehouse'] as const) expect((await send([back('C24', 1)], as)).status).toBe(403);
  });

  it('of a line in parts that can be sold again and parts that cannot is paid back as one', async () => {
    const plate = await scene.product('S-PLATE', 210, { currency: 'USD' });
    await receive(plate, 10);
    // 662 with the tax on top, for three.
    const one = sale({ shipTo: abroadIn('CA'), lines: [line(plate, 3, 210)] });
    const [recorded] = bodyOf(RecordedSales, await send([one], 'support', { currency: 'USD' })).sales;
    const lines = [true, false].map((resellable) => ({ productId: plate, quantity: 1, resellable }));
    const back = { as: 'support', idempotencyKey: randomUUID(), body: { lines } } as const;
    const order = bodyOf(Order, await scene.call('POST', `/v1/orders/${recorded!.orderId}/returns`, back));
    expect(order.returns).toMatchObject([{ refund: { amountMinor: 441 } }]);
    // What each of both was paid back with is looked at by the audit of the books.
  });

  it('has its own instant, where that is a day of the calendar', async () => {
    const one = sale();
    const [recorded] = await record([one]);
    const send = (returnedAt: string) => {
      const back = { reference: 'C30', sale: one.reference, returnedAt, lines: [{ productId: mug!, quantity: 1, resellable: true }] };
      return scene.call('POST', '/v1/orders/sales/returns', { as: 'support', body: { returns: [back] } });
    };
    expect((await send('2011-02-30T09:41:00Z')).status).toBe(400);
    expect((await send('2011-02-03T09:41:00Z')).status).toBe(200);
    const { rows } = await scene.inspect.query('SELECT returned_at FROM orders.return WHERE order_id = $1', [recorded!.orderId]);
    expect(rows).toEqual([{ returned_at: new Date('2011-02-03T09:41:00Z') }]);
  });
});
