/**
 * Goal: who does not pay keeps no more goods than their share, however many carts they fill and however many of them are checked out at once; whoever pays, cancels or
 * lets it expire has the share back, and nobody takes another's. Planted once: a count without the lock, a share that a paid order keeps, the address that is not read, a key that is no secret.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { inRounds } from '../../testing/rounds.ts';
import { auditBooks } from '../testing/books.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { checkOut, fillCart, newCustomer, pay, type FilledCart, type Key } from '../testing/shop.ts';

const ORDERS = 3;
const UNITS = 20;

let scene: Scene;
let mug: string;
let address = 0;
beforeAll(async () => {
  scene = await openScene('world', { holds: { client: { orders: ORDERS, units: UNITS }, account: { orders: 2, units: 0 } } });
  mug = await scene.product('H-MUG', 500, { onHand: 100_000 });
});
afterAll(async () => {
  expect(await auditBooks(scene)).toEqual([]);
  await scene.close();
});

const nextAddress = (): string => `198.51.${(address += 1) >> 8}.${address & 255}`;
const from = ({ key }: FilledCart, at: string): Key => ({ ...key, headers: { ...key.headers, 'x-forwarded-for': at } });

/** Checks out a cart of its own of so many mugs, as a guest at this address or with an account. */
async function order(at: string, quantity = 1, as: Key = {}) {
  const cart = await fillCart(scene, [{ productId: mug, quantity }], as);
  return checkOut(scene, { ...cart, key: from(cart, at) });
}
const statuses = async (tries: readonly Promise<{ readonly status: number }>[]): Promise<number[]> =>
  (await Promise.all(tries)).map(({ status }) => status).toSorted((a, b) => a - b);
async function fill(at: string, as: Key = {}, orders = ORDERS) {
  const placed = [];
  for (let n = 0; n < orders; n += 1) placed.push(await order(at, 1, as));
  expect(placed.map(({ status }) => status)).toEqual(placed.map(() => 201));
  return placed.map(({ body }) => body as { id: string; token?: string });
}

describe('a guest', () => {
  it('has so many orders waiting at one address, and is told how many more and when', async () => {
    const at = nextAddress();
    expect((await order(at, 4)).headers).toMatchObject({
      'ratelimit-policy': '"pending-orders";q=3;w=900, "pending-units";q=20;w=900',
      ratelimit: '"pending-orders";r=2;t=900, "pending-units";r=16;t=900',
    });
    await fill(at, {}, ORDERS - 1);
    const refused = await order(at);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(refused.headers).toMatchObject({ 'content-type': 'application/problem+json; charset=utf-8' });
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(880);
    expect(wait).toBeLessThanOrEqual(900);
    expect(refused.headers['ratelimit']).toBe(`"pending-orders";r=0;t=${wait}, "pending-units";r=14;t=${wait}`);
    expect((await order(nextAddress())).status).toBe(201);
    expect((await order(at, 1, newCustomer())).status).toBe(201);
  });

  it('has no more units waiting than its share, in however few orders; more than that by itself is no matter of time', async () => {
    const at = nextAddress();
    expect((await order(at, UNITS - 1)).status).toBe(201);
    expect(await order(at, 2)).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    const beyond = await order(nextAddress(), UNITS + 1);
    expect(beyond).toMatchObject({ status: 409, body: { code: 'limit_reached' } });
    expect(beyond.headers).not.toHaveProperty('retry-after');
    expect((await order(at, 1)).status).toBe(201);
  });

  it('of one network of IPv6 is one', async () => {
    await fill('2001:db8:5:6::1');
    expect((await order('2001:db8:5:6:7::2')).status).toBe(429);
    expect((await order('2001:db8:5:7::2')).status).toBe(201);
  });

  it('has its share back by paying, by cancelling and by time, and what is refused takes nothing of it', async () => {
    const at = nextAddress();
    const [paid, cancelled, late] = await fill(at);
    const keyOf = ({ id, token }: { id: string; token?: string }) => ({
      url: `/v1/orders/${id}`,
      key: { headers: { 'order-token': token! } },
    });
    for (let n = 0; n < 3; n += 1) expect((await order(at)).status).toBe(429);
    expect((await pay(scene, keyOf(paid!))).status).toBe(201);
    expect((await order(at)).status).toBe(201);
    expect((await order(at)).status).toBe(429);
    expect((await scene.call('POST', `${keyOf(cancelled!).url}/cancellation`, keyOf(cancelled!).key)).status).toBe(200);
    expect((await order(at)).status).toBe(201);
    expect((await order(at)).status).toBe(429);
    await scene.inspect.query(`UPDATE orders.order SET expires_at = now() WHERE id = $1`, [late!.id]);
    expect((await order(at)).status).toBe(201);
    await scene.inspect.query(`UPDATE inventory.reservation SET expires_at = now() WHERE order_id = $1`, [late!.id]);
    expect((await scene.call('POST', '/v1/orders/sweep', { as: 'operator' })).status).toBe(200);
    const { rows } = await scene.inspect.query(
      `SELECT count(*)::int AS kept FROM orders.order WHERE state <> 'pending' AND holder IS NOT NULL`,
    );
    expect(rows).toEqual([{ kept: 0 }]);
  });

  it('has no more than its share when many carts are checked out at once', async () => {
    await inRounds(async (round) => {
      const at = nextAddress();
      const tries = Array.from({ length: ORDERS + 2 }, () => order(at));
      expect(await statuses(tries), `round ${round}`).toEqual([201, 201, 201, 429, 429]);
    });
  }, 120_000);
});

describe('an account', () => {
  it('has a share of its own, wherever it calls from', async () => {
    const ada = newCustomer();
    await fill(nextAddress(), ada, 2);
    expect(await order(nextAddress(), 1, ada)).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect((await order(nextAddress(), 999, newCustomer())).status).toBe(201);
  });

  it('buyers with accounts share no bound at one address', async () => {
    const at = nextAddress();
    expect(new Set(await statuses(Array.from({ length: 12 }, () => order(at, 1, newCustomer()))))).toEqual(new Set([201]));
  });
});

it('a checkout that is sent again with its key takes its share once, and is answered when there is nothing left', async () => {
  const at = nextAddress();
  const cart = await fillCart(scene, [{ productId: mug, quantity: 1 }]);
  const again = () => checkOut(scene, { ...cart, key: from(cart, at) }, { idempotencyKey: 'the-same-checkout-again' });
  expect((await again()).status).toBe(201);
  await fill(at, {}, ORDERS - 1);
  expect((await again()).status).toBe(201);
  expect((await order(at)).status).toBe(429);
});

it('what is stored of who keeps goods is made with the secret of the region: the same address is another holder in another', async () => {
  const at = nextAddress();
  const holderIn = async (of: Scene, product: string): Promise<string> => {
    const { key, ...cart } = await fillCart(of, [{ productId: product, quantity: 1 }]);
    const { status, body } = await checkOut(of, { ...cart, key: from({ key, ...cart }, at) });
    expect(status).toBe(201);
    const { rows } = await of.inspect.query<{ holder: string }>("SELECT encode(holder, 'hex') AS holder FROM orders.order WHERE id = $1", [
      (body as { id: string }).id,
    ]);
    return rows[0]?.holder ?? '';
  };
  const other = await openScene('world', { holds: { client: { orders: ORDERS, units: UNITS }, account: { orders: 2, units: 0 } } });
  const [ours, again] = [await holderIn(scene, mug), await holderIn(scene, mug)];
  expect(again).toBe(ours);
  const theirs = await holderIn(other, await other.product('H-MUG', 500, { onHand: 10 }));
  expect(theirs).toMatch(/^[0-9a-f]{64}$/);
  expect(theirs).not.toBe(ours);
  await other.close();
});
