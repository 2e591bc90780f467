import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Product } from '#contracts/catalog.ts';
import { pageOf } from '#contracts/values.ts';
import { productIdOf } from '#contracts/ids.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const price = (amountMinor: number, currency = 'GBP') => ({ amountMinor, currency });
const nowhere = '00000000-0000-5000-8000-000000000000';

const post = (sku: string, more: object = {}) =>
  scene.call('POST', '/v1/products', { as: 'admin', body: { sku, name: `Product ${sku}`, price: price(100), ...more } });

/** A product of the test's own, with where it is and the tag that it was created with. */
async function create(sku: string, more: object = {}) {
  const answer = await post(sku, more);
  const body = bodyOf(Product, answer);
  return { ...answer, body, url: `/v1/products/${body.id}`, ifMatch: String(answer.headers['etag']) };
}

describe('creating', () => {
  it('answers the product with its place, its tag and its stamp, under an id made from the stock code', async () => {
    const before = scene.published();
    const { status, headers, body } = await create('85123A', { pricedAt: '2010-12-01T08:26:00.123456Z', cost: price(40) });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: productIdOf('85123A'),
      sku: '85123A',
      description: null,
      categoryId: null,
      price: price(100),
      pricedAt: '2010-12-01T08:26:00.123456Z',
      cost: price(40),
      stamp: { origin: 'world#1', vector: {} },
    });
    expect(headers['location']).toBe(`/v1/products/${body.id}`);
    expect(headers['etag']).toBe(`"${body.stamp.version}-world#1"`);
    expect(scene.published()).toBe(before + 1);
  });

  it('refuses a stock code that is taken', async () => {
    await create('taken');
    expect(await post('taken')).toMatchObject({ status: 409, body: { code: 'already_exists' } });
  });

  it.each([
    ['a category that does not exist', { categoryId: nowhere }, 422, 'categoryId'],
    ['a cost in another currency', { cost: price(1, 'CNY') }, 400, 'cost.currency'],
    ['a day that no calendar has', { pricedAt: '2011-02-30T00:00:00Z' }, 400, 'pricedAt'],
    ['a negative price', { price: price(-1) }, 400, 'price.amountMinor'],
    ['a blank name', { name: ' ' }, 400, 'name'],
  ])('refuses %s and says which field', async (_what, more, status, field) => {
    expect(await post('bad', more)).toMatchObject({ status, body: { errors: [{ field }] } });
  });
});

describe('reading', () => {
  it('shows the cost to staff alone', async () => {
    const { url } = await create('cost-1', { cost: price(7) });
    expect((await scene.call('GET', url)).body).not.toHaveProperty('cost');
    expect((await scene.call('GET', url, { as: 'customer' })).body).not.toHaveProperty('cost');
    expect((await scene.call('GET', url, { as: 'catalogue' })).body).toHaveProperty('cost', price(7));
    const { items } = bodyOf(pageOf(Product), await scene.call('GET', '/v1/products?sku=cost-1'));
    expect(items[0]).not.toHaveProperty('cost');
  });

  it('answers 404 for what is not there, and 400 for what is no id', async () => {
    expect((await scene.call('GET', `/v1/products/${nowhere}`)).status).toBe(404);
    expect((await scene.call('GET', '/v1/products/x')).status).toBe(400);
  });
});

describe('changing', () => {
  it('takes only the version that was seen', async () => {
    const { body, url, ifMatch } = await create('change-1');
    expect((await scene.call('PATCH', url, { as: 'admin', body: { name: 'n' } })).status).toBe(428);
    const changed = await scene.call('PATCH', url, { as: 'admin', ifMatch, body: { name: 'New', price: price(150) } });
    expect(changed).toMatchObject({ status: 200, body: { name: 'New', price: price(150) } });
    const after = bodyOf(Product, changed);
    expect(BigInt(after.stamp.version)).toBeGreaterThan(BigInt(body.stamp.version));
    expect(after.pricedAt > body.pricedAt).toBe(true);
    expect((await scene.call('PATCH', url, { as: 'admin', ifMatch, body: { name: 'late' } })).status).toBe(412);
    expect((await scene.call('PATCH', `/v1/products/${nowhere}`, { as: 'admin', ifMatch, body: { name: 'n' } })).status).toBe(404);
  });

  it('of two changes to one version lets one through', async () => {
    const { url, ifMatch } = await create('change-2');
    const patch = (name: string) => scene.call('PATCH', url, { as: 'admin', ifMatch, body: { name } });
    const statuses = (await Promise.all(['a', 'b', 'c', 'd'].map(patch))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 412, 412, 412]);
  });

  it('keeps the instant of a price that stays the same, and the stamp when only the cost changes', async () => {
    const { body, url, ifMatch } = await create('change-3', { cost: price(1) });
    const cost = await scene.call('PATCH', url, { as: 'admin', ifMatch, body: { cost: price(2), price: price(100) } });
    expect(cost.body).toMatchObject({ cost: price(2), pricedAt: body.pricedAt, stamp: body.stamp });
  });
});

describe('deleting', () => {
  it('answers the stamp of the tombstone, above the version that was deleted', async () => {
    const { body, url, ifMatch } = await create('delete-1');
    expect((await scene.call('DELETE', url, { as: 'admin' })).status).toBe(428);
    expect((await scene.call('DELETE', url, { as: 'admin', ifMatch: '"1-world#1"' })).status).toBe(412);
    const gone = await scene.call('DELETE', url, { as: 'admin', ifMatch });
    expect(gone.status).toBe(204);
    expect(gone.headers['x-stamp-origin']).toBe('world#1');
    expect(BigInt(String(gone.headers['x-stamp-version']))).toBeGreaterThan(BigInt(body.stamp.version));
    expect((await scene.call('GET', url)).status).toBe(404);
    const again = await create('delete-1');
    expect(BigInt(again.body.stamp.version)).toBeGreaterThan(BigInt(String(gone.headers['x-stamp-version'])));
  });
});

describe('who may not', () => {
  it.each([
    ['POST', '/v1/products', { sku: 's', name: 'n', price: price(1) }],
    ['POST', '/v1/products/bulk', { items: [{}] }],
    ['PATCH', `/v1/products/${nowhere}`, { name: 'n' }],
    ['DELETE', `/v1/products/${nowhere}`, undefined],
    ['POST', '/v1/categories', { slug: 's', name: 'n' }],
    ['PATCH', `/v1/categories/${nowhere}`, { name: 'n' }],
    ['DELETE', `/v1/categories/${nowhere}`, undefined],
    ['POST', '/v1/stores', { code: 'S', name: 'n', city: 'c', country: 'GB' }],
    ['PATCH', `/v1/stores/${nowhere}`, { name: 'n' }],
    ['DELETE', `/v1/stores/${nowhere}`, undefined],
  ] as const)('%s %s: nobody, and no customer', async (method, url, body) => {
    const before = scene.published();
    expect((await scene.call(method, url, { body, ifMatch: '"1-world#1"' })).status).toBe(401);
    expect((await scene.call(method, url, { body, ifMatch: '"1-world#1"', as: 'customer' })).status).toBe(403);
    expect(scene.published()).toBe(before);
  });
});

describe('reading many at once', () => {
  it('answers each reader what they asked for: product, language, currency, and what they may see', async () => {
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, n) => create(`MANY${n}`, { cost: price(7), ...(n === 5 ? { state: 'draft' } : {}) })),
    );
    await scene.call('PUT', `${made[0]?.url}/translations/zh`, { as: 'catalogue', body: { name: '许多' } });
    const askers = Array.from({ length: 60 }, (_, n) => {
      const { url, body } = made[n % 6] ?? { url: '', body: undefined };
      const as = n % 4 === 0 ? ('admin' as const) : undefined;
      const query = n % 3 === 0 ? '?language=zh' : n % 3 === 1 ? '?currency=CNY' : '';
      return { url: n % 10 === 9 ? `/v1/products/${nowhere}` : `${url}${query}`, body, as, n };
    });
    const answers = await Promise.all(askers.map(({ url, as }) => scene.call('GET', url, as === undefined ? {} : { as })));
    for (const [at, { n, body, as }] of askers.entries()) {
      const answer = answers[at];
      if (n % 10 === 9 || (n % 6 === 5 && as === undefined)) {
        expect(answer?.status, `${n}`).toBe(404);
        continue;
      }
      expect(answer, `${n}`).toMatchObject({
        status: 200,
        body: {
          id: body?.id,
          name: n % 6 === 0 && n % 3 === 0 ? '许多' : `Product MANY${n % 6}`,
          currentPrice: n % 3 === 1 ? null : price(100),
          ...(as === undefined ? {} : { cost: price(7) }),
        },
      });
      if (as === undefined) expect(answer?.body).not.toHaveProperty('cost');
    }
  });
});
