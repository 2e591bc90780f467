import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Order } from '#contracts/order.ts';

import { letBeOverdue, sweptBy } from './testing/passing-time.ts';
import { bodyOf, openScene, type Scene } from './testing/scene.ts';
import { fillCart, home, pay, placeOrder } from './testing/shop.ts';

let scene: Scene;
let mug: string;
const clients: Record<string, pg.Client> = {};
beforeAll(async () => {
  scene = await openScene();
  mug = await scene.product('O-MUG', 500, { onHand: 100 });
  for (const role of ['users', 'notification', 'auth', 'catalog', 'inventory'] as const) {
    clients[role] = new pg.Client({ connectionString: scene.region.urls.roles[role] });
    await clients[role].connect();
  }
});
afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.end()));
  await scene.close();
});

const ada = '00000000-0000-4000-8000-0000000000ad';
const as = { as: { role: 'customer', accountId: ada } } as const;
const ask = async (role: string, call: string, id: string) =>
  (await clients[role]!.query(`SELECT ${call}($1) AS answer`, [id])).rows[0].answer;
const stored = async (orderId: string) =>
  (
    await scene.inspect.query(
      `SELECT o.account_id, o.ship_to, i.buyer FROM orders.order o LEFT JOIN orders.invoice i ON i.order_id = o.id WHERE o.id = $1`,
      [orderId],
    )
  ).rows[0];

it('everybody is offered what is theirs to ask, and no table', async () => {
  const offers: Readonly<Record<string, readonly string[]>> = { notice_of: ['notification'], export_of: ['users'], erase: ['users'] };
  for (const [name, allowed] of Object.entries(offers)) {
    for (const [role, client] of Object.entries(clients)) {
      const asked = client.query(`SELECT orders.${name}($1)`, ['00000000-0000-4000-8000-000000000000']);
      if (allowed.includes(role)) await expect(asked).resolves.toBeDefined();
      else await expect(asked).rejects.toMatchObject({ code: '42501' });
    }
  }
  for (const client of Object.values(clients))
    await expect(client.query('SELECT FROM orders.order')).rejects.toMatchObject({ code: '42501' });
  await expect(clients['users']!.query('SELECT orders.lines_of($1)', [ada])).rejects.toMatchObject({ code: '42501' });
});

it('a notice says what a customer sees, and where nobody lives', async () => {
  const { order } = await placeOrder(scene, [{ productId: mug, quantity: 2 }], as);
  const notice = await ask('notification', 'orders.notice_of', order.id);
  expect(notice).toMatchObject({
    accountId: ada,
    number: order.number,
    state: 'pending',
    totalMinor: 1_395,
    lines: [{ sku: 'O-MUG', quantity: 2 }],
    shipments: [],
  });
  expect(JSON.stringify(notice)).not.toContain(home.recipient);
  expect(await ask('notification', 'orders.notice_of', ada)).toBeNull();
});

it('a notice counts as given back what has been, and not what was paid twice', async () => {
  const placed = await placeOrder(scene, [{ productId: mug, quantity: 2 }], as);
  await pay(scene, placed);
  const refundedMinor = async () => (await ask('notification', 'orders.notice_of', placed.order.id)).refundedMinor;
  const { rows } = await scene.inspect.query(
    `INSERT INTO orders.payment (id, order_id, state, amount_minor, refunded_minor, currency)
     SELECT gen_random_uuid(), order_id, 'captured', amount_minor, amount_minor, currency FROM orders.payment WHERE order_id = $1 RETURNING id`,
    [placed.order.id],
  );
  await scene.inspect.query(
    `INSERT INTO orders.refund (id, payment_id, cause, state, amount_minor) VALUES (gen_random_uuid(), $1, 'paid_twice', 'done', 1395)`,
    [rows[0].id],
  );
  expect(await refundedMinor()).toBe(0);
  const refund = await scene.inspect.query(
    `WITH asked AS (UPDATE orders.payment SET refunded_minor = 500 WHERE order_id = $1 AND id <> $2 RETURNING id)
     INSERT INTO orders.refund (id, payment_id, cause, amount_minor) SELECT gen_random_uuid(), id, 'returned', 500 FROM asked RETURNING id`,
    [placed.order.id, rows[0].id],
  );
  expect(await refundedMinor()).toBe(0);
  await scene.inspect.query(`UPDATE orders.refund SET state = 'done' WHERE id = $1`, [refund.rows[0].id]);
  expect(await refundedMinor()).toBe(500);
});

it('a notice says what will not come, and what is paid back for it; an export has it too', async () => {
  const buyer = '00000000-0000-4000-8000-0000000000ef';
  const placed = await placeOrder(scene, [{ productId: mug, quantity: 3 }], { as: { role: 'customer', accountId: buyer } });
  await pay(scene, placed);
  const staff = (path: string, as: 'warehouse' | 'support', body: object) =>
    scene.call('POST', `${placed.url}/${path}`, { as, idempotencyKey: randomUUID(), body });
  await staff('shipments', 'warehouse', { lines: [{ productId: mug, quantity: 1 }] });
  const shortClosure = async () => (await ask('notification', 'orders.notice_of', placed.order.id)).shortClosure;
  expect(await shortClosure()).toBeNull();
  expect((await staff('short-closure', 'support', { reason: 'damaged' })).status).toBe(201);
  const told = { reason: 'damaged', amountMinor: 1_000, lines: [{ name: 'Product O-MUG', quantity: 2 }] };
  expect(await shortClosure()).toEqual(told);
  expect((await ask('users', 'orders.export_of', buyer)).orders).toMatchObject([
    { shortClosure: told, refunds: [{ cause: 'short_closed' }] },
  ]);
});

it('an export has what was paid, given back and credited, and nobody of the staff', async () => {
  const buyer = '00000000-0000-4000-8000-0000000000ee';
  const placed = await placeOrder(scene, [{ productId: mug, quantity: 2 }], { as: { role: 'customer', accountId: buyer } });
  await pay(scene, placed);
  await scene.call('POST', `${placed.url}/cancellation`, placed.key);
  const staff = '00000000-0000-4000-8000-00000000aaaa';
  await scene.inspect.query(
    'UPDATE orders.refund SET requested_by = $2 WHERE payment_id IN (SELECT id FROM orders.payment WHERE order_id = $1)',
    [placed.order.id, staff],
  );
  const held = await ask('users', 'orders.export_of', buyer);
  expect(held.orders).toMatchObject([
    {
      number: placed.order.number,
      payments: [{ state: 'captured', amountMinor: 1_395, currency: 'GBP', takenBy: 'provider' }],
      refunds: [{ cause: 'cancelled', state: 'done', amountMinor: 1_395, currency: 'GBP', givenBy: 'provider', reference: null }],
      creditNotes: [{ totalMinor: 1_395, shippingMinor: 395, lines: [{ sku: 'O-MUG', quantity: 2, totalMinor: 1_000 }] }],
    },
  ]);
  expect(held.orders[0].refunds[0].paymentId).toBe(held.orders[0].payments[0].id);
  expect(JSON.stringify(held)).not.toContain(staff);
});

describe('forgetting', () => {
  it('gives out what is held, and then forgets it: at once where nothing is under way, otherwise when that has ended', async () => {
    const open = await placeOrder(scene, [{ productId: mug, quantity: 1 }], as);
    const paid = await placeOrder(scene, [{ productId: mug, quantity: 1 }], as);
    await pay(scene, paid);
    const ended = await placeOrder(scene, [{ productId: mug, quantity: 1 }], as);
    await scene.call('POST', `${ended.url}/cancellation`, as);
    const other = await placeOrder(scene, [{ productId: mug, quantity: 1 }], {
      as: { role: 'customer', accountId: '00000000-0000-4000-8000-0000000000bb' },
    });
    const overdue = await placeOrder(scene, [{ productId: mug, quantity: 1 }], as);
    await fillCart(scene, [{ productId: mug, quantity: 7 }], as);
    const keys = async () => (await scene.inspect.query('SELECT FROM orders.idempotency_key WHERE scope = $1', [ada])).rowCount;
    expect(await keys()).toBeGreaterThan(0);

    const held = await ask('users', 'orders.export_of', ada);
    expect(held.carts.at(-1)).toMatchObject({ state: 'open', lines: [{ quantity: 7 }] });
    expect(held.orders.find(({ number }: Order) => number === paid.order.number)).toMatchObject({
      shipTo: home,
      invoice: { buyer: { recipient: home.recipient } },
      creditNotes: [],
    });

    expect(await ask('users', 'orders.erase', ada)).toBeGreaterThanOrEqual(4);
    expect(await ask('users', 'orders.export_of', ada)).toEqual({ carts: [], orders: [] });
    expect(await ask('users', 'orders.erase', ada)).toBe(0);
    expect(await keys()).toBe(0);
    expect(await stored(ended.order.id)).toEqual({ account_id: null, ship_to: null, buyer: null });
    for (const one of [open, paid])
      expect(await stored(one.order.id)).toMatchObject({ account_id: null, ship_to: { recipient: home.recipient } });
    expect((await scene.call('GET', paid.url, as)).status).toBe(404);

    await letBeOverdue(scene, overdue.order.id);
    expect(await sweptBy(scene)).toMatchObject({ expired: 1 });
    expect(await stored(overdue.order.id)).toEqual({ account_id: null, ship_to: null, buyer: null });
    for (const one of [open, paid]) {
      expect((await scene.call('POST', `${one.url}/cancellation`, { as: 'support' })).status).toBe(200);
      expect(await stored(one.order.id)).toEqual({ account_id: null, ship_to: null, buyer: null });
    }
    expect(bodyOf(Order, await scene.call('GET', paid.url, { as: 'support' }))).toMatchObject({ shipTo: null, state: 'cancelled' });
    expect((await scene.call('GET', `${paid.url}/invoice`, { as: 'support' })).body).toMatchObject({ buyer: null });
    // The law keeps what was credited as it keeps what was invoiced; the name goes.
    expect((await scene.call('GET', `${paid.url}/credit-notes`, { as: 'support' })).body).toMatchObject({ items: [{ buyer: null }] });
    expect(await stored(other.order.id)).toMatchObject({ ship_to: { recipient: home.recipient } });
  });
});
