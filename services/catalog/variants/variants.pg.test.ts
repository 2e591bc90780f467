/**
 * Goal: a variant is a product that can be bought like any other, and what has variants is not; in the shop a parent stands for them.
 * Method: each way to see and to buy them, for each state of the two. Planted once each: a parent that is sold, a variant that is seen or sold without its parent,
 * variants that fill the shop's list, variants that no search finds, or by options that they had, a variant of a variant, and two alike.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Variant } from '#contracts/catalog-content.ts';
import { Product, ProductPage } from '#contracts/catalog.ts';
import { productIdOf, variantIdOf } from '#contracts/ids.ts';

import { optionEntries } from '../migrations/0015-option-entries.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let orders: pg.Client;
beforeAll(async () => {
  scene = await openScene();
  orders = new pg.Client(scene.urls.roles.orders);
  await orders.connect();
});
afterAll(async () => {
  await orders.end();
  await scene.close();
});

const staff = { as: 'catalogue' } as const;
const urlOf = (sku: string) => `/v1/products/${productIdOf(sku)}`;
const create = async (sku: string, more: object = {}) =>
  bodyOf(
    Product,
    await scene.call('POST', '/v1/products', {
      ...staff,
      body: { sku, name: `Shirt ${sku}`, price: { amountMinor: 100, currency: 'GBP' }, ...more },
    }),
  );
const put = (sku: string, parent: string, options: object, ifMatch?: string) =>
  scene.call('PUT', `${urlOf(sku)}/variant`, {
    ...staff,
    body: { parentId: productIdOf(parent), options },
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
const skus = async (query: string, as?: 'catalogue') =>
  bodyOf(ProductPage, await scene.call('GET', `/v1/products?sort=sku&${query}`, { as })).items.map(({ sku }) => sku);
const sold = async (...wanted: string[]): Promise<string[]> => {
  const { rows } = await orders.query('SELECT sku FROM catalog.quote($1, $2, now()) ORDER BY sku', [wanted.map(productIdOf), 'GBP']);
  return rows.map(({ sku }: { sku: string }) => sku);
};
/** A parent with two variants, called after it. */
async function family(parent: string): Promise<void> {
  for (const sku of [parent, `${parent}-S`, `${parent}-L`]) await create(sku);
  for (const size of ['S', 'L']) expect((await put(`${parent}-${size}`, parent, { size })).status).toBe(201);
}

describe('a product with variants', () => {
  it('stands for them in the shop, and is not sold itself', async () => {
    await create('A');
    expect(await sold('A')).toEqual(['A']);
    await create('A-S');
    await create('A-L');
    for (const size of ['S', 'L']) expect((await put(`A-${size}`, 'A', { size, colour: '红' })).status).toBe(201);
    expect(await sold('A', 'A-S', 'A-L')).toEqual(['A-L', 'A-S']);
    expect(await skus('')).toEqual(['A']);
    expect(await skus('q=shirt')).toEqual(['A']);
    expect(await skus(`parentId=${productIdOf('A')}`)).toEqual(['A-L', 'A-S']);
    expect(await skus('sku=A-S')).toEqual(['A-S']);
    expect(await skus('', 'catalogue')).toEqual(['A', 'A-L', 'A-S']);
    const product = bodyOf(Product, await scene.call('GET', urlOf('A-S')));
    expect(product.variantOf).toEqual({ productId: productIdOf('A'), options: { size: 'S', colour: '红' } });
    expect(bodyOf(Product, await scene.call('GET', urlOf('A'))).variantOf).toBeNull();
  });

  it('takes them from the shop with itself', async () => {
    await family('B');
    await scene.call('POST', `${urlOf('B')}/archive`, staff);
    expect(await sold('B', 'B-S', 'B-L')).toEqual([]);
    expect(await skus(`parentId=${productIdOf('B')}`)).toEqual([]);
    expect(await skus('sku=B-S')).toEqual([]);
    expect((await scene.call('GET', urlOf('B-S'))).status).toBe(404);
    expect((await scene.call('GET', urlOf('B-S'), staff)).status).toBe(200);
    await scene.call('POST', `${urlOf('B')}/publish`, staff);
    await scene.call('POST', `${urlOf('B-L')}/archive`, staff);
    expect(await sold('B', 'B-S', 'B-L')).toEqual(['B-S']);
    expect(await skus(`parentId=${productIdOf('B')}`)).toEqual(['B-S']);
  });

  it('is kept while it has them, and they are deleted like any product', async () => {
    await family('C');
    const tagOf = async (sku: string): Promise<string> => String((await scene.call('GET', urlOf(sku), staff)).headers['etag']);
    expect(await scene.call('DELETE', urlOf('C'), { ...staff, ifMatch: await tagOf('C') })).toMatchObject({
      status: 409,
      body: { code: 'in_use' },
    });
    for (const sku of ['C-S', 'C-L', 'C']) {
      expect((await scene.call('DELETE', urlOf(sku), { ...staff, ifMatch: await tagOf(sku) })).status, sku).toBe(204);
    }
  });
});

describe('a search', () => {
  it('finds a variant by its options, as they are now', async () => {
    const found = (q: string) => skus(`q=${encodeURIComponent(q)}`);
    for (const sku of ['OP', 'OP-V', 'OP-O']) await create(sku, { name: 'Blanket' });
    const made = await put('OP-V', 'OP', { colour: 'Violet', 'colour-zh': '紫色' });
    expect((await put('OP-O', 'OP', { colour: 'Ochre' })).status).toBe(201);
    for (const q of ['violet blanket', '紫色', 'voilet']) expect(await found(q), q).toEqual(['OP-V']);
    expect(await found('blanket')).toEqual(['OP']);
    const changed = await put('OP-V', 'OP', { colour: 'Magenta' }, String(made.headers['etag']));
    expect([await found('violet'), await found('magenta blanket')]).toEqual([[], ['OP-V']]);
    await scene.call('DELETE', `${urlOf('OP-V')}/variant`, { ...staff, ifMatch: String(changed.headers['etag']) });
    expect([await found('magenta'), await found('blanket')]).toEqual([[], ['OP', 'OP-V']]);
    // What is there before the search knew of options.
    const owner = new Kysely<Record<string, never>>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: scene.region.urls.url, max: 1 }) }),
    });
    await sql`UPDATE catalog.search_entry SET terms = ${"'blanket'"}::tsvector WHERE product_id = ${productIdOf('OP-O')}`.execute(owner);
    expect(await found('ochre')).toEqual([]);
    await optionEntries.up(owner);
    await owner.destroy();
    expect(await found('ochre')).toEqual(['OP-O']);
  });

  it('finds a variant by what its parent does not have, and what both have by the parent', async () => {
    await create('TP', { name: 'Teapot' });
    for (const [sku, name] of [
      ['TP-B', 'Teapot, cobalt'],
      ['TP-R', 'Teapot, crimson'],
    ] as const) {
      await create(sku, { name });
      expect((await put(sku, 'TP', { colour: name })).status).toBe(201);
    }
    const found = (q: string, more = '') => skus(`q=${encodeURIComponent(q)}${more}`);
    expect(await found('teapot')).toEqual(['TP']);
    expect(await found('cobalt')).toEqual(['TP-B']);
    expect(await found('cobald teapot')).toEqual(['TP-B']);
    expect(await found('tp-r')).toEqual(['TP-R']);
    expect(await found('teapot', `&parentId=${productIdOf('TP')}`)).toEqual(['TP-B', 'TP-R']);
    const page = bodyOf(ProductPage, await scene.call('GET', '/v1/products?q=crimson&facets=true'));
    expect(page).toMatchObject({ total: 1, facets: { categories: [{ categoryId: null, count: 1 }] } });
    expect(page.items).toMatchObject([{ sku: 'TP-R', variantOf: { productId: productIdOf('TP') } }]);
    await scene.call('POST', `${urlOf('TP')}/archive`, staff);
    expect(await found('crimson')).toEqual([]);
  });
});

describe('a variant', () => {
  it('is changed by who has seen it, and stands for itself again when that is deleted', async () => {
    await family('D');
    await create('D2');
    const got = await scene.call('GET', `${urlOf('D-S')}/variant`, staff);
    expect(bodyOf(Variant, got)).toMatchObject({ id: variantIdOf(productIdOf('D-S')), parentId: productIdOf('D'), options: { size: 'S' } });
    const tag = String(got.headers['etag']);
    expect((await put('D-S', 'D2', { size: 'S' })).status).toBe(428);
    const moved = await put('D-S', 'D2', { size: 'XS' }, tag);
    expect(moved).toMatchObject({ status: 200, body: { parentId: productIdOf('D2'), options: { size: 'XS' } } });
    expect((await put('D-S', 'D', { size: 'S' }, tag)).status).toBe(412);
    const gone = await scene.call('DELETE', `${urlOf('D-S')}/variant`, { ...staff, ifMatch: String(moved.headers['etag']) });
    expect(gone.status).toBe(204);
    expect(await sold('D2', 'D-S')).toEqual(['D-S', 'D2']);
    expect((await scene.call('GET', `${urlOf('D-S')}/variant`, staff)).status).toBe(404);
  });

  it('has no variants, is none of itself, and has siblings of other options', async () => {
    await family('E');
    await create('E3');
    expect(await put('E3', 'E-S', { size: 'S' })).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await put('E', 'E3', { size: 'S' })).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await put('E3', 'E3', { size: 'S' })).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
    expect(await put('E3', 'E', { size: 'S' })).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect(await put('E3', 'nothing', { size: 'S' })).toMatchObject({ status: 422, body: { errors: [{ field: 'parentId' }] } });
    expect((await put('nothing', 'E', { size: 'M' })).status).toBe(404);
    for (const options of [{}, { Size: 'S' }, { size: '' }, { a: 'a', b: 'b', c: 'c', d: 'd', e: 'e', f: 'f' }]) {
      expect((await put('E3', 'E', options)).status, JSON.stringify(options)).toBe(400);
    }
  });

  it('is one of two that are made alike at once: the second waits for the first, and sees it', async () => {
    for (const sku of ['F', 'F1', 'F2']) await create(sku);
    const [first, second] = [1, 2].map(() => new pg.Client(scene.urls.roles.catalog)) as [pg.Client, pg.Client];
    await Promise.all([first.connect(), second.connect()]);
    const insert = (client: pg.Client, sku: string) =>
      client.query(`INSERT INTO catalog.variant (id, product_id, parent_id, options) VALUES ($1, $2, $3, '{"size": "M"}')`, [
        variantIdOf(productIdOf(sku)),
        productIdOf(sku),
        productIdOf('F'),
      ]);
    await first.query('BEGIN');
    await insert(first, 'F1');
    let ended: unknown;
    const waiting = insert(second, 'F2').then(
      () => (ended = 'taken'),
      (error: { code: string }) => (ended = error.code),
    );
    // Until it waits for the lock; or has not waited for anything.
    const waits = async () =>
      ended ??
      (
        await first.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
      ).rowCount;
    await expect.poll(waits).not.toBe(0);
    await first.query('COMMIT');
    await waiting;
    expect(ended).toBe('23505');
    await Promise.all([first.end(), second.end()]);
  });
});

describe('who may not', () => {
  it.each([
    ['GET', undefined],
    ['PUT', { parentId: productIdOf('E'), options: { size: 'Z' } }],
    ['DELETE', undefined],
  ] as const)('%s: nobody, and no customer', async (method, body) => {
    const before = scene.published();
    const request = { body, ifMatch: '"1-world#1"' };
    expect((await scene.call(method, `${urlOf('E3')}/variant`, request)).status).toBe(401);
    expect((await scene.call(method, `${urlOf('E3')}/variant`, { ...request, as: 'customer' })).status).toBe(403);
    expect(scene.published()).toBe(before);
  });
});
