import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Cart } from '#contracts/cart.ts';
import { Order, PlacedOrder } from '#contracts/order.ts';

import { auditBooks } from '../testing/books.ts';
import { inRounds, ROUNDS } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { checkOut, fillCart, home, newCustomer, placeOrder } from '../testing/shop.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const count = async (table: string): Promise<number> => Number((await scene.inspect.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);
const reserved = async (productId: string): Promise<number> =>
  (await scene.inspect.query('SELECT reserved FROM inventory.stock WHERE product_id = $1', [productId])).rows[0].reserved;

describe('a checkout', () => {
  it('makes an order with copies of what was agreed, and keeps its goods for fifteen minutes', async () => {
    const mug = await scene.product('C-MUG', 295, { onHand: 50 });
    const lamp = await scene.product('C-LAMP', 4_001, { onHand: 2 });
    const as = newCustomer();
    const cart = await fillCart(
      scene,
      [
        { productId: mug, quantity: 3 },
        { productId: lamp, quantity: 2 },
      ],
      as,
    );
    const answer = await checkOut(scene, cart);
    const order = bodyOf(PlacedOrder, answer);
    expect(answer).toMatchObject({ status: 201, headers: { location: `/v1/orders/${order.id}`, etag: '"1"' } });
    expect(order).toMatchObject({
      number: expect.stringMatching(/^W-\d{6}$/),
      state: 'pending',
      paymentState: 'none',
      fulfilmentState: 'none',
      total: money(8_887),
      lines: [
        { productId: mug, sku: 'C-MUG', unit: money(295), quantity: 3, net: money(737), tax: money(148), total: money(885) },
        { productId: lamp, sku: 'C-LAMP', unit: money(4_001), quantity: 2, net: money(6_668), tax: money(1_334), total: money(8_002) },
      ],
      totals: { shipping: money(0), total: money(8_887) },
      shipTo: home,
      payments: [],
    });
    expect(order).not.toHaveProperty('token');
    expect(Date.parse(order.expiresAt) - Date.parse(order.createdAt)).toBe(15 * 60_000);
    expect([await reserved(mug), await reserved(lamp)]).toEqual([3, 2]);
    // What is agreed stays, whatever the catalogue says later.
    await scene.product('C-MUG', 999);
    expect(bodyOf(Order, await scene.call('GET', `/v1/orders/${order.id}`, as)).lines).toEqual(order.lines);
    expect(bodyOf(Cart, await scene.call('GET', `/v1/carts/${cart.id}`, cart.key))).toMatchObject({
      state: 'checked_out',
      orderId: order.id,
    });
  });

  it('of an account has no token, whatever else is sent along', async () => {
    const mug = await scene.product('C-BOTH', 500, { onHand: 10 });
    const as = newCustomer();
    const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }], as);
    const both = { ...as, headers: { 'cart-token': 'x'.repeat(43) } };
    const order = bodyOf(PlacedOrder, await checkOut(scene, { ...cart, key: both }));
    expect(order).not.toHaveProperty('token');
    expect((await scene.call('GET', `/v1/orders/${order.id}`, as)).status).toBe(200);
  });

  it('gives a guest a token for the order, which the cart’s token does not open', async () => {
    const mug = await scene.product('C-GUEST', 500, { onHand: 10 });
    const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }]);
    const idempotencyKey = randomUUID();
    const { id, token } = bodyOf(PlacedOrder, await checkOut(scene, cart, { idempotencyKey }));
    expect(bodyOf(PlacedOrder, await checkOut(scene, cart, { idempotencyKey })).token).toBe(token);
    const get = (headers: Record<string, string>) => scene.call('GET', `/v1/orders/${id}`, { headers });
    expect((await get({ 'order-token': token! })).status).toBe(200);
    expect((await get({ 'order-token': cart.key.headers!['cart-token']! })).status).toBe(404);
    expect((await get({})).status).toBe(401);
    expect((await scene.call('GET', `/v1/orders/${id}`, newCustomer())).status).toBe(404);
    const { rows } = await scene.inspect.query('SELECT o::text AS whole FROM orders.order o WHERE id = $1', [id]);
    expect(rows[0].whole).not.toContain(token);
  });

  it('sent again with its key is the same order, with another body refused, and with another key too late', async () => {
    const mug = await scene.product('C-AGAIN', 500, { onHand: 10 });
    const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }], newCustomer());
    const idempotencyKey = randomUUID();
    const first = bodyOf(PlacedOrder, await checkOut(scene, cart, { idempotencyKey }));
    expect(bodyOf(PlacedOrder, await checkOut(scene, cart, { idempotencyKey })).id).toBe(first.id);
    const other = await checkOut(scene, cart, { idempotencyKey, body: { shipTo: { ...home, city: 'Leeds' } } });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await checkOut(scene, cart)).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(
      (await scene.call('POST', '/v1/checkouts', { ...cart.key, body: { cartId: cart.id, shipTo: home, expectedTotal: cart.total } })).body,
    ).toMatchObject({ code: 'idempotency_key_missing' });
  });
});

describe('where it goes', () => {
  it('may be an address of the account’s, of which the order keeps a copy', async () => {
    const mug = await scene.product('C-ADDRESS', 500, { onHand: 10 });
    const as = newCustomer();
    const { accountId } = as.as as { accountId: string };
    const addressId = randomUUID();
    await scene.inspect.query("INSERT INTO users.profile (account_id, language) VALUES ($1, 'en')", [accountId]);
    await scene.inspect.query(
      `INSERT INTO users.address (id, account_id, form, recipient, phone, country, lines, city, postcode, is_default)
       VALUES ($1, $2, 'western', 'Ada Lovelace', '+442079460000', 'GB', ARRAY['12 St James’s Square'], 'London', 'SW1Y 4JH', true)`,
      [addressId, accountId],
    );
    const at = (body: object) => fillCart(scene, [{ productId: mug, quantity: 1 }], as).then((cart) => checkOut(scene, cart, { body }));
    expect(await at({ addressId })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await at({ shipTo: { ...home, country: 'XX' } })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await at({ shipTo: undefined })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await at({ shipTo: undefined, addressId: randomUUID() })).toMatchObject({ status: 422, body: { code: 'reference_missing' } });
    const guest = await fillCart(scene, [{ productId: mug, quantity: 1 }]);
    expect(await checkOut(scene, guest, { body: { shipTo: undefined, addressId } })).toMatchObject({ status: 422 });
    const order = bodyOf(PlacedOrder, await at({ shipTo: undefined, addressId }));
    await scene.inspect.query('DELETE FROM users.address WHERE id = $1', [addressId]);
    expect(bodyOf(Order, await scene.call('GET', `/v1/orders/${order.id}`, as)).shipTo).toEqual(home);
  });

  it('is China for the shop in China, in yuan', async () => {
    const china = await openScene('china');
    const lantern = await china.product('C-LANTERN', 5_000, { currency: 'CNY', onHand: 10 });
    const cart = await fillCart(china, [{ productId: lantern, quantity: 1 }], {}, 'CN');
    const shipTo = {
      form: 'chinese',
      recipient: '王小明',
      phone: '+8613800138000',
      country: 'CN',
      province: '上海市',
      city: '上海市',
      district: '静安区',
      street: null,
      detail: '南京西路1号',
      postcode: '200040',
    };
    const placed = await checkOut(china, cart, { body: { shipTo } });
    expect(placed).toMatchObject({
      status: 201,
      body: {
        number: expect.stringMatching(/^C-/),
        shipTo,
        totals: { tax: { amountMinor: 713, currency: 'CNY' }, total: { amountMinor: 6_200 } },
      },
    });
    await china.close();
  });
});

describe('nothing is left behind', () => {
  const tables = [
    'orders.order',
    'orders.order_line',
    'orders.order_event',
    'inventory.reservation',
    'inventory.movement',
    'orders.idempotency_key',
  ];
  const snapshot = () => Promise.all(tables.map(count));

  it('when it costs something else: the new sum is told', async () => {
    const mug = await scene.product('C-PRICE', 500, { onHand: 10 });
    const cart = await fillCart(scene, [{ productId: mug, quantity: 2 }]);
    const before = await snapshot();
    await scene.product('C-PRICE', 501);
    expect(await checkOut(scene, cart)).toMatchObject({ status: 409, body: { code: 'price_changed', total: money(1_397) } });
    expect(await checkOut(scene, cart, { body: { expectedTotal: { amountMinor: 1_397, currency: 'EUR' } } })).toMatchObject({
      body: { code: 'price_changed' },
    });
    expect(await snapshot()).toEqual(before);
    expect((await checkOut(scene, { ...cart, total: money(1_397) })).status).toBe(201);
  });

  it('when there is not enough: the products are named, and none of the others is kept', async () => {
    const plenty = await scene.product('C-PLENTY', 500, { onHand: 10 });
    const few = await scene.product('C-FEW', 500, { onHand: 2 });
    const none = await scene.product('C-NONE', 500);
    const cart = await fillCart(
      scene,
      [plenty, few, none].map((productId) => ({ productId, quantity: 3 })),
    );
    const before = await snapshot();
    const answer = await checkOut(scene, cart);
    expect(answer).toMatchObject({ status: 409, body: { code: 'out_of_stock' } });
    expect((answer.body as { short: object[] }).short.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual(
      [
        { productId: few, available: 2 },
        { productId: none, available: 0 },
      ].toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    );
    expect(await snapshot()).toEqual(before);
    expect(await reserved(plenty)).toBe(0);
    expect(bodyOf(Cart, await scene.call('GET', `/v1/carts/${cart.id}`, cart.key)).state).toBe('open');
  });

  it('when a product is not sold any more, or the cart is empty, somebody else’s, or goes where nothing is delivered', async () => {
    const gone = await scene.product('C-GONE', 500, { onHand: 10 });
    const cart = await fillCart(scene, [{ productId: gone, quantity: 1 }], newCustomer());
    const before = await snapshot();
    expect((await checkOut(scene, { ...cart, key: newCustomer() })).status).toBe(404);
    expect((await checkOut(scene, { ...cart, key: {} })).status).toBe(401);
    expect(await checkOut(scene, cart, { body: { shipTo: { ...home, country: 'CN' } } })).toMatchObject({
      status: 422,
      body: { code: 'not_deliverable' },
    });
    await scene.withdraw(gone);
    expect(await checkOut(scene, cart)).toMatchObject({
      status: 409,
      body: { code: 'out_of_stock', short: [{ productId: gone, available: 0 }] },
    });
    expect(await checkOut(scene, await fillCart(scene, []))).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await snapshot()).toEqual(before);
  });
});

describe('at the same time', () => {
  it('the same cart becomes one order', async () => {
    const mug = await scene.product('C-TWICE', 500, { onHand: 1_000 });
    const before = await count('orders.order');
    await inRounds(async (round) => {
      const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }]);
      const answers = await Promise.all([checkOut(scene, cart), checkOut(scene, cart)]);
      expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([201, 409]);
    });
    expect(await count('orders.order')).toBe(before + ROUNDS);
    expect(await reserved(mug)).toBe(ROUNDS);
  }, 120_000);

  it('the same request is answered by one order', async () => {
    const mug = await scene.product('C-SAME', 500, { onHand: 1_000 });
    for (let round = 0; round < 20; round += 1) {
      const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }]);
      const idempotencyKey = randomUUID();
      const answers = await Promise.all(Array.from({ length: 3 }, () => checkOut(scene, cart, { idempotencyKey })));
      const ids = answers.filter(({ status }) => status === 201).map((answer) => bodyOf(PlacedOrder, answer).id);
      expect(new Set(ids).size).toBe(1);
      expect(answers.every(({ status, body }) => status === 201 || (body as { code: string }).code === 'request_in_flight')).toBe(true);
    }
    expect(await reserved(mug)).toBe(20);
  });

  it('the last one is sold once, and carts with the same products in another order do not wait for each other in a circle', async () => {
    const [a, b] = [await scene.product('C-LAST-A', 500, { onHand: 10 }), await scene.product('C-LAST-B', 500, { onHand: 10 })];
    const carts = await Promise.all(
      Array.from({ length: 16 }, (_, at) =>
        fillCart(
          scene,
          (at % 2 === 0 ? [a, b] : [b, a]).map((productId) => ({ productId, quantity: 1 })),
        ),
      ),
    );
    const statuses = (await Promise.all(carts.map((cart) => checkOut(scene, cart)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expect(statuses.filter((status) => status === 409)).toHaveLength(6);
    expect([await reserved(a), await reserved(b)]).toEqual([10, 10]);
  });
});

describe('the list of orders', () => {
  it('is one’s own, newest first, page by page; staff see all, and look for one by its number', async () => {
    const mug = await scene.product('C-LIST', 500, { onHand: 1_000 });
    const as = newCustomer();
    const placed = [];
    for (let at = 0; at < 3; at += 1) placed.push(await placeOrder(scene, [{ productId: mug, quantity: 1 }], as));
    const list = async (query: string, key = as) =>
      (await scene.call('GET', `/v1/orders${query}`, key)).body as { items: Order[]; total: number; pageInfo: { nextCursor: string } };
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.pageInfo.nextCursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(placed.toReversed().map(({ order }) => order.id));
    expect(first.total).toBe(3);
    expect((await list('', newCustomer())).total).toBe(0);
    expect((await list('?state=cancelled')).total).toBe(0);
    expect((await list(`?createdBefore=${placed[1]!.order.createdAt}`)).total).toBe(1);
    expect((await list(`?createdFrom=${placed[1]!.order.createdAt}`)).total).toBe(2);
    expect((await list(`?number=${placed[0]!.order.number}`, { as: 'support' })).items.map(({ id }) => id)).toEqual([placed[0]!.order.id]);
    expect((await list('', { as: 'warehouse' })).total).toBeGreaterThan(3);
    expect((await list('', { as: 'catalogue' })).total).toBe(0);
    expect((await scene.call('GET', '/v1/orders')).status).toBe(401);
    expect((await scene.call('GET', '/v1/orders?sort=total', as)).status).toBe(400);
  });
});
