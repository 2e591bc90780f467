import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Cart, CreatedCart, type LineWanted } from '#contracts/cart.ts';

import type { Answer, CallOptions } from '../../testing/http.ts';
import { inRounds } from '../../testing/rounds.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let [mug, lamp]: string[] = [];
beforeAll(async () => {
  scene = await openScene();
  [mug, lamp] = [await scene.product('MUG', 295), await scene.product('LAMP', 4_000)];
});
afterAll(() => scene.close());

const customer = (accountId: string = randomUUID()) => ({ role: 'customer', accountId }) as const;
const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const tagOf = (answer: Answer): string => String(answer.headers['etag']);
const line = (productId: string | undefined, quantity: number) => ({ productId: productId!, quantity });

interface Held {
  readonly id: string;
  readonly url: string;
  readonly key: Pick<CallOptions, 'as' | 'headers'>;
  tag: string;
  cart: CreatedCart;
}

async function open(key: Pick<CallOptions, 'as'> = {}, lines: readonly LineWanted[] = []): Promise<Held> {
  const created = await scene.call('POST', '/v1/carts', { ...key, body: {} });
  const cart = bodyOf(CreatedCart, created);
  const headers = cart.token === undefined ? {} : { headers: { 'cart-token': cart.token } };
  const held = { id: cart.id, url: `/v1/carts/${cart.id}`, key: { ...key, ...headers }, tag: tagOf(created), cart };
  if (lines.length > 0) held.tag = tagOf(await put(held, lines));
  return held;
}
const put = (held: Held, lines: readonly LineWanted[], ifMatch = held.tag) =>
  scene.call('PUT', `${held.url}/lines`, { ...held.key, ifMatch, body: { lines } });
const get = async (held: Held, query = '') => bodyOf(Cart, await scene.call('GET', `${held.url}${query}`, held.key));

describe('a guest’s cart', () => {
  it('opens for its token alone, which is answered once and stored as a hash', async () => {
    const held = await open();
    expect(held.cart).toMatchObject({ state: 'open', currency: 'GBP', lines: [], goods: money(0), totals: null, orderId: null });
    expect(await get(held)).not.toHaveProperty('token');
    const { rows } = await scene.inspect.query(
      'SELECT account_id, octet_length(token_hash) AS bytes, c::text AS whole FROM orders.cart c WHERE id = $1',
      [held.id],
    );
    expect(rows).toEqual([{ account_id: null, bytes: 32, whole: expect.not.stringContaining(held.cart.token!) }]);
    for (const key of [{ headers: { 'cart-token': 'A'.repeat(43) } }, { as: customer() }]) {
      expect((await scene.call('GET', held.url, key)).status).toBe(404);
      expect((await scene.call('PUT', `${held.url}/lines`, { ...key, ifMatch: held.tag, body: { lines: [] } })).status).toBe(404);
      expect((await scene.call('DELETE', held.url, { ...key, ifMatch: held.tag })).status).toBe(404);
    }
    expect((await scene.call('GET', held.url)).status).toBe(401);
    expect((await scene.call('GET', held.url, { headers: { 'cart-token': 'no token' } })).status).toBe(401);
  });
});

describe('an account’s cart', () => {
  it('is one, however often and at once it is asked for', async () => {
    await inRounds(async (round) => {
      const as = customer();
      const answers = await Promise.all(Array.from({ length: 4 }, () => scene.call('POST', '/v1/carts', { as, body: {} })));
      expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([200, 200, 200, 201]);
      expect(new Set(answers.map((answer) => bodyOf(CreatedCart, answer).id)).size).toBe(1);
      expect(answers.every(({ body }) => !('token' in (body as object)))).toBe(true);
    });
  });

  it('is nobody else’s', async () => {
    const held = await open({ as: customer() });
    for (const as of [customer(), 'admin'] as const) expect((await scene.call('GET', held.url, { as })).status).toBe(404);
  });
});

describe('lines', () => {
  it('are put as a whole, and shown at the price of now', async () => {
    const held = await open();
    const answer = await put(held, [line(lamp, 1), line(mug, 2), line(mug, 4)]);
    expect(bodyOf(Cart, answer)).toMatchObject({
      lines: [
        { productId: lamp, quantity: 1, sku: 'LAMP', unit: money(4_000), total: money(4_000) },
        { productId: mug, quantity: 6, sku: 'MUG', unit: money(295), total: money(1_770) },
      ],
      goods: money(5_770),
      totals: null,
    });
    await scene.product('MUG', 300);
    expect(await get(held, '?country=GB')).toMatchObject({
      goods: money(5_800),
      totals: { total: money(5_800), shipping: money(0), tax: money(967) },
    });
    await scene.product('MUG', 295);
  });

  it('are the same list when they are sent again, and no list of a version that has gone', async () => {
    const held = await open();
    const first = await put(held, [line(mug, 1)]);
    const again = await put(held, [line(mug, 1)]);
    expect([first.status, again.status, tagOf(again)]).toEqual([200, 200, tagOf(first)]);
    expect((await put(held, [line(mug, 2)])).status).toBe(412);
    expect((await scene.call('PUT', `${held.url}/lines`, { ...held.key, body: { lines: [] } })).status).toBe(428);
    expect((await put(held, [line(mug, 2)], tagOf(first))).status).toBe(200);
  });

  it('of two changes of one version take one', async () => {
    const held = await open();
    const statuses = (await Promise.all([1, 2, 3, 4].map((quantity) => put(held, [line(mug, quantity)])))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 412, 412, 412]);
  });

  it('change and go one by one', async () => {
    const held = await open({}, [line(mug, 1), line(lamp, 1)]);
    const at = (productId?: string) => `${held.url}/lines/${productId}`;
    const changed = await scene.call('PATCH', at(mug), { ...held.key, ifMatch: held.tag, body: { quantity: 9 } });
    expect(changed.body).toMatchObject({ lines: [{ quantity: 9 }, { quantity: 1 }] });
    const removed = await scene.call('DELETE', at(lamp), { ...held.key, ifMatch: tagOf(changed) });
    expect(bodyOf(Cart, removed).lines).toHaveLength(1);
    expect(await scene.call('DELETE', at(lamp), { ...held.key, ifMatch: tagOf(changed) })).toMatchObject({ status: 200 });
    expect(await scene.call('PATCH', at(lamp), { ...held.key, ifMatch: tagOf(removed), body: { quantity: 1 } })).toMatchObject({
      status: 404,
    });
    expect((await scene.call('DELETE', held.url, { ...held.key, ifMatch: held.tag })).status).toBe(412);
    expect((await scene.call('DELETE', held.url, { ...held.key, ifMatch: tagOf(removed) })).status).toBe(204);
    expect((await scene.call('GET', held.url, held.key)).status).toBe(404);
  });

  it.each([
    ['more units than a line holds', () => [line(mug, 1_000)], 400],
    ['more of them in two lines', () => [line(mug, 500), line(mug, 500)], 400],
    ['more lines than a cart holds', () => Array.from({ length: 101 }, () => line(mug, 1)), 400],
    ['no unit', () => [line(mug, 0)], 400],
    ['a product that is not there', () => [line(randomUUID(), 1)], 422],
  ])('are refused for %s', async (_what, lines, status) => {
    expect((await put(await open(), lines())).status).toBe(status);
  });

  it('of a product that went stay, without a price, and nothing is summed up for a checkout', async () => {
    const gone = await scene.product('GONE', 500);
    const held = await open({}, [line(mug, 1), line(gone, 3)]);
    await scene.withdraw(gone);
    expect(await get(held, '?country=GB')).toMatchObject({
      lines: [{ sku: 'MUG' }, { productId: gone, quantity: 3, sku: null, unit: null, total: null }],
      goods: money(295),
      totals: null,
    });
    const other = await put(held, [line(mug, 2), line(gone, 3)]);
    expect(other.status).toBe(200);
  });

  it('are priced in the currency of the cart, and for where the shop delivers', async () => {
    expect((await scene.call('POST', '/v1/carts', { body: { currency: 'CNY' } })).status).toBe(400);
    const created = await scene.call('POST', '/v1/carts', { body: { currency: 'EUR' } });
    const { id, token } = bodyOf(CreatedCart, created);
    const key = { headers: { 'cart-token': token! } };
    const answer = await scene.call('PUT', `/v1/carts/${id}/lines`, { ...key, ifMatch: tagOf(created), body: { lines: [line(mug, 1)] } });
    expect(answer).toMatchObject({ status: 422, body: { code: 'reference_missing' } });
    const held = await open({}, [line(mug, 1)]);
    for (const country of ['CN', 'KP']) {
      expect(await scene.call('GET', `${held.url}?country=${country}`, held.key)).toMatchObject({
        status: 422,
        body: { code: 'not_deliverable' },
      });
    }
    expect((await scene.call('GET', `${held.url}?country=XX`, held.key)).status).toBe(400);
  });

  it('that cost more than an amount can hold are refused', async () => {
    const dear = await scene.product('DEAR', 999_999_999_999);
    expect(await put(await open(), [line(dear, 2)])).toMatchObject({ status: 422, body: { code: 'amount_too_large' } });
  });
});

describe('a claim', () => {
  const claim = (held: Held, as: ReturnType<typeof customer>) =>
    scene.call('POST', `${held.url}/claim`, { as, ...(held.key.headers && { headers: held.key.headers }) });

  it('gives the cart to the account, and the token opens nothing any more', async () => {
    const held = await open({}, [line(mug, 2)]);
    const as = customer();
    expect(await claim(held, as)).toMatchObject({ status: 200, body: { id: held.id, lines: [{ quantity: 2 }] } });
    expect((await scene.call('GET', held.url, held.key)).status).toBe(404);
    expect((await scene.call('GET', held.url, { as })).status).toBe(200);
    expect((await claim(held, customer())).status).toBe(404);
    expect(bodyOf(CreatedCart, await scene.call('POST', '/v1/carts', { as, body: {} })).id).toBe(held.id);
  });

  it('adds up with the cart that the account has, up to what a line may hold', async () => {
    const as = customer();
    const own = await open({ as }, [line(mug, 990)]);
    const held = await open({}, [line(lamp, 1), line(mug, 20)]);
    const answer = await claim(held, as);
    expect(answer).toMatchObject({ status: 200, body: { id: own.id, lines: [line(mug, 999), line(lamp, 1)] } });
    expect(tagOf(answer)).not.toBe(own.tag);
    expect((await scene.call('GET', held.url, held.key)).status).toBe(404);
  });

  it.each([false, true])('that is sent again is answered as the first time, where the account has a cart: %s', async (hasCart) => {
    const as = customer();
    if (hasCart) await open({ as }, [line(mug, 1)]);
    const held = await open({}, [line(mug, 2), line(lamp, 1)]);
    const first = await claim(held, as);
    expect(first).toMatchObject({ status: 200, body: { lines: [line(mug, hasCart ? 3 : 2), line(lamp, 1)] } });
    const again = await claim(held, as);
    expect(again).toMatchObject({ status: 200, body: first.body as object });
    expect(tagOf(again)).toBe(tagOf(first));
    // Nobody else learns of it, and the token alone opens nothing.
    expect((await claim(held, customer())).status).toBe(404);
    expect((await scene.call('POST', `${held.url}/claim`, { as, headers: { 'cart-token': 'A'.repeat(43) } })).status).toBe(404);
    expect((await scene.call('GET', held.url, held.key)).status).toBe(404);
  });

  it('is of a signed-in account that has the token', async () => {
    const held = await open();
    expect((await scene.call('POST', `${held.url}/claim`, held.key)).status).toBe(401);
    expect((await scene.call('POST', `${held.url}/claim`, { as: customer() })).status).toBe(404);
  });

  it('of several carts at once leaves one with everything', async () => {
    const as = customer();
    const guests = await Promise.all(Array.from({ length: 6 }, () => open({}, [line(mug, 3)])));
    expect((await Promise.all(guests.map((held) => claim(held, as)))).map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(bodyOf(CreatedCart, await scene.call('POST', '/v1/carts', { as, body: {} })).lines).toMatchObject([{ quantity: 18 }]);
  });
});

describe('an expired cart', () => {
  it('is not there any more, and is removed along with other requests', async () => {
    const as = customer();
    const held = await open({ as }, [line(mug, 1)]);
    const expire = () => scene.inspect.query(`UPDATE orders.cart SET expires_at = now() - interval '1 s' WHERE id = $1`, [held.id]);
    await expire();
    expect((await scene.call('GET', held.url, held.key)).status).toBe(404);
    expect(await scene.call('POST', '/v1/carts', { as, body: {} })).toMatchObject({ status: 201, body: { lines: [] } });
    expect((await scene.inspect.query('SELECT FROM orders.cart WHERE id = $1', [held.id])).rowCount).toBe(0);
  });

  it('gives nothing to one that is claimed', async () => {
    const as = customer();
    const [own, held] = [await open({ as }, [line(mug, 1)]), await open({}, [line(lamp, 2)])];
    await scene.inspect.query(`UPDATE orders.cart SET expires_at = now() - interval '1 s' WHERE id = $1`, [own.id]);
    const claimed = await scene.call('POST', `${held.url}/claim`, { as, ...(held.key.headers && { headers: held.key.headers }) });
    expect(claimed).toMatchObject({ status: 200, body: { id: held.id, lines: [line(lamp, 2)] } });
  });

  it('lasts for thirty days from its last change', async () => {
    const held = await open();
    await scene.inspect.query(`UPDATE orders.cart SET expires_at = now() + interval '1 min' WHERE id = $1`, [held.id]);
    const { expiresAt, updatedAt } = bodyOf(Cart, await put(held, [line(mug, 1)]));
    expect(Date.parse(expiresAt) - Date.parse(updatedAt)).toBe(30 * 86_400_000);
  });
});
