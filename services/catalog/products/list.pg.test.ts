import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Product } from '#contracts/catalog.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

const page = pageOf(Product);

let scene: Scene;
const names = [
  'WHITE METAL LANTERN',
  'White hanging heart',
  'Red lantern 50% off',
  'Ärmel blau',
  'GLASS STAR',
  'Same name',
  'Same name',
  'Same name',
];

beforeAll(async () => {
  scene = await openScene();
  const items = names.map((name, index) => ({
    sku: `L${index}`,
    name,
    price: { amountMinor: index, currency: 'GBP' },
    pricedAt: '2011-01-01T00:00:00Z',
  }));
  const { status } = await scene.call('POST', '/v1/products/bulk', { as: 'admin', body: { items } });
  expect(status).toBe(200);
});
afterAll(() => scene.close());

/** Every page of a list, by its cursors. */
async function walk(query: string): Promise<{ skus: string[]; totals: number[] }> {
  const skus: string[] = [];
  const totals: number[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const body = bodyOf(page, await scene.call('GET', `/v1/products?${query}${from}`));
    expect(body.pageInfo.hasPreviousPage).toBe(cursor !== null);
    expect(body.pageInfo.hasNextPage).toBe(body.pageInfo.nextCursor !== null);
    skus.push(...body.items.map(({ sku }) => sku));
    totals.push(body.total);
    cursor = body.pageInfo.nextCursor;
  } while (cursor !== null);
  return { skus, totals };
}

describe('a list', () => {
  it.each(['sku', '-sku', 'name', '-name', 'updatedAt', '-updatedAt'])(
    'by %s has every product once, whatever the size of a page',
    async (sort) => {
      const whole = (await walk(`sort=${sort}&limit=200`)).skus;
      expect(whole.toSorted()).toEqual(names.map((_, index) => `L${index}`));
      for (const limit of [1, 2, 3, 8]) {
        const { skus, totals } = await walk(`sort=${sort}&limit=${limit}`);
        expect(skus).toEqual(whole);
        expect(new Set(totals)).toEqual(new Set([names.length]));
      }
    },
  );

  it('goes backwards with a minus', async () => {
    expect((await walk('sort=-sku&limit=3')).skus).toEqual((await walk('sort=sku&limit=3')).skus.toReversed());
  });

  it.each(['no-cursor', Buffer.from('{"s":"name","k":"x","i":"y"}').toString('base64url')])('refuses the cursor %s', async (cursor) => {
    expect((await scene.call('GET', `/v1/products?cursor=${cursor}`)).body).toMatchObject({ status: 400, errors: [{ field: 'cursor' }] });
  });

  it('refuses the cursor of another order', async () => {
    const { pageInfo } = bodyOf(page, await scene.call('GET', '/v1/products?sort=name&limit=1'));
    expect((await scene.call('GET', `/v1/products?sort=sku&cursor=${pageInfo.nextCursor}`)).status).toBe(400);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'sort=price', 'unknown=1'])('refuses %s', async (query) => {
    expect((await scene.call('GET', `/v1/products?${query}`)).status).toBe(400);
  });
});

describe('a search', () => {
  const found = async (q: string): Promise<string[]> => (await walk(`q=${encodeURIComponent(q)}&limit=2`)).skus;

  it('finds parts of names whatever the case, also beyond ASCII', async () => {
    expect((await found('lantern')).toSorted()).toEqual(['L0', 'L2']);
    expect(await found('äRMEL')).toEqual(['L3']);
  });

  it('finds a word that is spelt a little wrong', async () => {
    expect(await found('lanterne')).toContain('L0');
  });

  it('puts the stock code itself first', async () => {
    expect((await found('l4'))[0]).toBe('L4');
  });

  it('takes % and _ literally', async () => {
    expect(await found('50%')).toEqual(['L2']);
    expect(await found('%')).toEqual(['L2']);
    expect(await found('_')).toEqual([]);
  });
});
