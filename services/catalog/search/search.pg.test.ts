/**
 * Goal: who searches in English or Chinese, with a slip or two, finds it, the likeliest first, and is told how many there are of what.
 * Method: a small catalogue of known names. Planted once each: no similar words, no pairs of characters, a match of any unit instead of all, an index that is not
 * told of a new name or a new translation, facets that count what they narrow, facets that count drafts, a category that counts without what is below it, and wide letters
 * that are others.
 */
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Category, Product, ProductPage } from '#contracts/catalog.ts';
import { productIdOf, translationIdOf } from '#contracts/ids.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let lamps: string;
const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const staff = { as: 'catalogue' } as const;

async function create(sku: string, name: string, zh?: string, more: object = {}): Promise<void> {
  const body = { sku, name, price: gbp(100), ...more };
  expect((await scene.call('POST', '/v1/products', { ...staff, body })).status).toBe(201);
  if (zh !== undefined) await translate(sku, zh);
}
const translate = (sku: string, name: string) =>
  scene.call('PUT', `/v1/products/${productIdOf(sku)}/translations/zh`, { ...staff, body: { name } });

beforeAll(async () => {
  scene = await openScene();
  const category = await scene.call('POST', '/v1/categories', { ...staff, body: { slug: 'lamps', name: 'Lamps' } });
  lamps = bodyOf(Category, category).id;
  await create('S1', 'White metal lantern', '白色金属灯笼', { categoryId: lamps, price: gbp(339) });
  await create('S2', 'Lantern', '红灯笼', { categoryId: lamps, price: gbp(700) });
  await create('S3', 'Hanging heart T-light holder', '心形茶蜡烛台', { price: gbp(255) });
  await create('S4', "Children's apron, red", '儿童围裙', { price: gbp(1250) });
  await create('S5', 'Heart of glass', undefined, { price: { amountMinor: 900, currency: 'CNY' } });
  await create('S6', 'Lantern for the shelf', '灯笼架', { state: 'draft', categoryId: lamps });
  await create('S7', '陶瓷茶壶');
});
afterAll(() => scene.close());

async function find(query: string, as?: 'catalogue'): Promise<ProductPage> {
  return bodyOf(ProductPage, await scene.call('GET', `/v1/products?${query}`, { as }));
}
const found = async (q: string): Promise<string[]> => (await find(`q=${encodeURIComponent(q)}`)).items.map(({ sku }) => sku);

describe('what is found', () => {
  it('holds the words of both who named a product at the same time', async () => {
    await create('S8', 'Doorstop');
    const id = productIdOf('S8');
    const name = async (trx: Kysely<Record<string, never>>, language: string, text: string) =>
      sql`INSERT INTO catalog.translation (id, product_id, language, name) VALUES (${translationIdOf(id, language)}, ${id}, ${language}, ${text})`.execute(
        trx,
      );
    const second = Promise.withResolvers<unknown>();
    await scene.database.db.transaction().execute(async (trx) => {
      await name(trx, 'en', 'Wedge');
      second.resolve(name(scene.database.db, 'zh', '门挡').then(() => undefined));
      // It waits for the entry of the product.
      await expect
        .poll(async () => (await sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`.execute(scene.database.db)).rows.length)
        .toBeGreaterThan(0);
    });
    await second.promise;
    expect(await found('wedge')).toEqual(['S8']);
    expect(await found('门挡')).toEqual(['S8']);
    await sql`DELETE FROM catalog.translation WHERE product_id = ${id}`.execute(scene.database.db);
    await sql`DELETE FROM catalog.product WHERE id = ${id}`.execute(scene.database.db);
  });
});

describe('a search', () => {
  it.each([
    ['lantern', ['S2', 'S1'], 'the name that says nothing else is the nearer one'],
    ['LANTERN', ['S2', 'S1'], 'whatever the case'],
    ['lanten', ['S2', 'S1'], 'a letter is missing'],
    ['latnern', ['S2', 'S1'], 'two letters have changed places'],
    ['lanterns', ['S2', 'S1'], 'the plural'],
    ['lant', ['S2', 'S1'], 'a beginning'],
    ['heart glass', ['S5'], 'every word has to be there'],
    ['glas haert', ['S5'], 'each of them with a slip, in whatever order'],
    ['light', ['S3'], 'a part of a word that a hyphen joins'],
    ['t-light', ['S3'], 'and the whole of it'],
    ["children's", ['S4'], 'a quote is no danger'],
    ['"apron",', ['S4'], 'quotes and commas around a word say nothing'],
    ['s3', ['S3'], 'a stock code'],
    ['zzzz', [], 'nothing is like it'],
    ['lantern zzzz', [], 'nor is it here'],
    ['灯笼', ['S2', 'S1'], 'Chinese'],
    ['红灯笼', ['S2', 'S1'], 'the whole run first, then what has a part of it'],
    ['白色金属灯龙', ['S1'], 'one wrong character'],
    ['金属灯笼', ['S1'], 'a part of a run, of which half is not enough'],
    ['茶', ['S7', 'S3'], 'a single character, also of an own name in Chinese'],
    ['lantern 白色', ['S1'], 'both languages at once'],
    ['茶 lantern', [], 'which must both be there'],
    ['ｌａｎｔｅｒｎ', ['S2', 'S1'], 'letters as wide as characters'],
    ['灯笼　ｌａｎｔｅｒｎ', ['S2', 'S1'], 'and a blank as wide'],
    ['Ｓ３', ['S3'], 'a stock code so'],
    [' ', [], 'nothing is asked'],
  ])('for %s finds %j: %s', async (q, skus) => {
    expect(await found(q)).toEqual(skus);
  });

  it('pages through its matches in their order', async () => {
    const first = await find('q=lantern&limit=1');
    expect(first).toMatchObject({ total: 2, items: [{ sku: 'S2' }], pageInfo: { hasNextPage: true } });
    const cursor = encodeURIComponent(first.pageInfo.nextCursor ?? '');
    expect(await find(`q=lantern&limit=1&cursor=${cursor}`)).toMatchObject({ items: [{ sku: 'S1' }], pageInfo: { hasNextPage: false } });
  });

  it('knows a name from the moment that it is given, and forgets the one before', async () => {
    await create('N1', 'Kettle');
    const { id } = bodyOf(Product, await scene.call('GET', `/v1/products/${productIdOf('N1')}`));
    const rename = async (name: string): Promise<void> => {
      const { headers } = await scene.call('GET', `/v1/products/${id}`);
      expect((await scene.call('PATCH', `/v1/products/${id}`, { ...staff, ifMatch: String(headers['etag']), body: { name } })).status).toBe(
        200,
      );
    };
    await rename('Samovar');
    expect([await found('kettle'), await found('samovar')]).toEqual([[], ['N1']]);
    const put = await translate('N1', '俄式茶炊');
    expect(await found('茶炊')).toEqual(['N1']);
    await scene.call('DELETE', `/v1/products/${id}/translations/zh`, { ...staff, ifMatch: String(put.headers['etag']) });
    expect(await found('茶炊')).toEqual([]);
    const { headers } = await scene.call('GET', `/v1/products/${id}`);
    await scene.call('DELETE', `/v1/products/${id}`, { ...staff, ifMatch: String(headers['etag']) });
    expect((await sql`SELECT FROM catalog.search_entry WHERE product_id = ${id}`.execute(scene.database.db)).rows).toEqual([]);
  });

  it('knows each word once, however many products have it', async () => {
    const { rows } = await sql`SELECT word FROM catalog.search_word GROUP BY word HAVING count(*) > 1`.execute(scene.database.db);
    expect(rows).toEqual([]);
  });
});

describe('facets', () => {
  it('count what everybody may see, by category and by band of price', async () => {
    expect((await find('q=lantern')).facets).toBeUndefined();
    expect((await find('q=lantern&facets=true')).facets).toEqual({
      categories: [{ categoryId: lamps, count: 2 }],
      prices: [
        { currency: 'GBP', fromMinor: 0, toMinor: 500, count: 1 },
        { currency: 'GBP', fromMinor: 500, toMinor: 1000, count: 1 },
      ],
    });
    expect((await find('q=lantern&facets=true', 'catalogue')).facets?.categories).toEqual([{ categoryId: lamps, count: 3 }]);
  });

  it('leave their own choice aside, so that the alternatives can be seen', async () => {
    const chosen = await find('facets=true&currency=GBP&minPriceMinor=500&maxPriceMinor=1000');
    expect(chosen.items.map(({ sku }) => sku)).toEqual(['S2']);
    expect(chosen.facets?.categories).toEqual([{ categoryId: lamps, count: 1 }]);
    expect(chosen.facets?.prices.map(({ currency, fromMinor, count }) => [currency, fromMinor, count])).toEqual([
      ['GBP', 0, 3],
      ['GBP', 500, 1],
      ['GBP', 1000, 1],
    ]);
    const category = await find(`facets=true&categoryId=${lamps}`);
    expect(category.facets?.categories.reduce((sum, { count }) => sum + count, 0)).toBe(6);
    expect(category.facets?.prices.reduce((sum, { count }) => sum + count, 0)).toBe(category.total);
  });

  it('count for each choice as many as it then lists, of a category with what is below it', async () => {
    const categoryIn = async (slug: string, parentId?: string): Promise<string> =>
      bodyOf(
        Category,
        await scene.call('POST', '/v1/categories', {
          ...staff,
          body: { slug, name: slug, ...(parentId === undefined ? {} : { parentId }) },
        }),
      ).id;
    const kitchen = await categoryIn('kitchen');
    const pots = await categoryIn('pots', kitchen);
    const lids = await categoryIn('lids', pots);
    await create('K1', 'Enamel pan', undefined, { categoryId: pots, price: gbp(500) });
    await create('K2', 'Enamel lid', undefined, { categoryId: lids, price: gbp(999) });
    await create('K3', 'Enamel sign', undefined, { price: gbp(1000) });
    const { facets } = await find('q=enamel&facets=true');
    expect(facets?.categories).toEqual(
      expect.arrayContaining([
        { categoryId: kitchen, count: 2 },
        { categoryId: pots, count: 2 },
        { categoryId: lids, count: 1 },
        { categoryId: null, count: 1 },
      ]),
    );
    expect(facets?.categories).toHaveLength(4);
    for (const { categoryId, count } of facets?.categories ?? []) {
      if (categoryId !== null) expect((await find(`q=enamel&categoryId=${categoryId}`)).total, categoryId).toBe(count);
    }
    for (const { currency, fromMinor, toMinor, count } of facets?.prices ?? []) {
      const bounds = `minPriceMinor=${fromMinor}${toMinor === null ? '' : `&maxPriceMinor=${toMinor - 1}`}`;
      expect((await find(`q=enamel&currency=${currency}&${bounds}`)).total, bounds).toBe(count);
    }
  });

  it('need a currency where a price is named', async () => {
    for (const query of ['minPriceMinor=1', 'maxPriceMinor=1']) {
      expect((await scene.call('GET', `/v1/products?${query}`)).body).toMatchObject({ status: 400, errors: [{ field: 'currency' }] });
    }
  });
});

describe('a search among many', () => {
  /** The plan where nothing is read whole. */
  const planOf = async (query: ReturnType<typeof sql>): Promise<string> =>
    scene.database.db.transaction().execute(async (trx) => {
      await sql`SET LOCAL enable_seqscan = off`.execute(trx);
      const { rows } = await sql<Record<string, string>>`EXPLAIN ${query}`.execute(trx);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });

  it('is served by indexes: of terms, and of words for parts and slips', async () => {
    expect(await planOf(sql`SELECT FROM catalog.search_entry e WHERE e.terms @@ ${`'lant':* | 'lantern'`}::tsquery`)).toContain(
      'search_entry_terms',
    );
    expect(await planOf(sql`SELECT FROM catalog.search_word WHERE word LIKE '%antern%'`)).toContain('search_word_alike');
    expect(await planOf(sql`SELECT word FROM catalog.search_word ORDER BY word <-> 'latnern' LIMIT 9`)).toContain('search_word_alike');
  });
});
