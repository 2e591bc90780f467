/**
 * Goal: what is not published is seen by staff alone, and is not sold.
 * Method: each way to see a product, as nobody, as a customer and as staff, for each state. Planted once each: a list that forgets the filter, a get that does,
 * a quote that does, a state that a writer sets by hand, and a publication whose end leaves the state behind.
 */
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Product, type ProductState } from '#contracts/catalog.ts';
import { productIdOf, publicationIdOf } from '#contracts/ids.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let orders: pg.Client;
beforeAll(async () => {
  scene = await openScene();
  orders = new pg.Client({ connectionString: scene.urls.roles.orders });
  await orders.connect();
});
afterAll(async () => {
  await orders.end();
  await scene.close();
});

const price = { amountMinor: 100, currency: 'GBP' };
const create = async (sku: string, more: object = {}) =>
  bodyOf(Product, await scene.call('POST', '/v1/products', { as: 'catalogue', body: { sku, name: `Product ${sku}`, price, ...more } }));
const move = (sku: string, verb: 'publish' | 'archive', as: 'catalogue' | 'customer' | undefined = 'catalogue') =>
  scene.call('POST', `/v1/products/${productIdOf(sku)}/${verb}`, { as });
const quoted = async (sku: string) =>
  (await orders.query('SELECT unit_minor FROM catalog.quote($1, $2, now())', [[productIdOf(sku)], 'GBP'])).rows.length;

/** Where `sku` can be found by a caller: on its own, in a list, by a search; and whether it is sold. */
async function seen(sku: string, as?: 'catalogue' | 'customer') {
  const listed = async (query: string) =>
    bodyOf(pageOf(Product), await scene.call('GET', `/v1/products?${query}`, { as })).items.some((item) => item.sku === sku);
  const { status } = await scene.call('GET', `/v1/products/${productIdOf(sku)}`, { as });
  return { found: status === 200, listed: await listed(`sku=${sku}`), searched: await listed(`q=${sku}`) };
}
const everywhere = { found: true, listed: true, searched: true };
const nowhere = { found: false, listed: false, searched: false };

async function expectState(sku: string, state: ProductState): Promise<void> {
  expect(await seen(sku, 'catalogue')).toEqual(everywhere);
  for (const who of [undefined, 'customer'] as const)
    expect(await seen(sku, who), who).toEqual(state === 'published' ? everywhere : nowhere);
  expect(await quoted(sku)).toBe(state === 'published' ? 1 : 0);
  const { rows } = await sql<{ state: string }>`SELECT state FROM catalog.product WHERE sku = ${sku}`.execute(scene.database.db);
  expect(rows).toEqual([{ state }]);
}

describe('a product', () => {
  it('is published where its creation says nothing, and so is one of a bulk import', async () => {
    expect((await create('PUB1')).state).toBe('published');
    await expectState('PUB1', 'published');
    const item = { sku: 'PUB2', name: 'n', price, pricedAt: '2011-01-01T00:00:00Z' };
    await scene.call('POST', '/v1/products/bulk', { as: 'admin', body: { items: [item] } });
    await expectState('PUB2', 'published');
  });

  it('is a draft until it is published, and comes back from the archive', async () => {
    const draft = await create('DRAFT1', { state: 'draft' });
    expect(draft.state).toBe('draft');
    await expectState('DRAFT1', 'draft');
    const before = scene.published();
    for (const [verb, state] of [
      ['publish', 'published'],
      ['publish', 'published'],
      ['archive', 'archived'],
      ['archive', 'archived'],
      ['publish', 'published'],
    ] as const) {
      const product = bodyOf(Product, await move('DRAFT1', verb));
      expect(product.state).toBe(state);
      // A price that somebody saw is still of the version that they saw.
      expect(product.stamp).toEqual(draft.stamp);
      await expectState('DRAFT1', state);
    }
    expect(scene.published()).toBe(before + 5);
    expect((await sql`SELECT FROM catalog.publication WHERE product_id = ${draft.id}`.execute(scene.database.db)).rows).toHaveLength(1);
  });

  it('is archived without ever having been published', async () => {
    await create('DRAFT2', { state: 'draft' });
    await move('DRAFT2', 'archive');
    await expectState('DRAFT2', 'archived');
  });

  it('has no state that somebody made up', async () => {
    await create('MADE1', { state: 'draft' });
    await sql`UPDATE catalog.product SET state = 'published' WHERE sku = 'MADE1'`.execute(scene.database.db);
    await expectState('MADE1', 'draft');
    await sql`INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at, initial_state, state)
      VALUES (${productIdOf('MADE2')}, 'MADE2', 'n', 1, 'GBP', now(), 'draft', 'published')`.execute(scene.database.db);
    await expectState('MADE2', 'draft');
  });

  it('is again what it was born as, where its publication is taken away', async () => {
    await create('BORN1', { state: 'draft' });
    await move('BORN1', 'publish');
    await sql`DELETE FROM catalog.publication WHERE product_id = ${productIdOf('BORN1')}`.execute(scene.database.db);
    await expectState('BORN1', 'draft');
  });

  it('is deleted with what became of it', async () => {
    const { id } = await create('GONE1');
    await move('GONE1', 'archive');
    const { headers } = await scene.call('GET', `/v1/products/${id}`, { as: 'admin' });
    const gone = await scene.call('DELETE', `/v1/products/${id}`, { as: 'admin', ifMatch: String(headers['etag']) });
    expect(gone.status).toBe(204);
    const { rows } = await sql<{ entity: string }>`
      SELECT entity FROM sync.tombstone WHERE key IN (${id}, ${publicationIdOf(id)}) ORDER BY entity`.execute(scene.database.db);
    expect(rows.map(({ entity }) => entity)).toEqual(['catalog.product', 'catalog.publication']);
    await create('GONE1');
    await expectState('GONE1', 'published');
  });
});

describe('states', () => {
  it('are a filter for staff, and nobody else asks for what is not published', async () => {
    await create('FILTER1', { state: 'draft' });
    const { items } = bodyOf(pageOf(Product), await scene.call('GET', '/v1/products?state=draft&limit=200', { as: 'catalogue' }));
    expect(items.map(({ sku }) => sku)).toContain('FILTER1');
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['draft']));
    for (const as of [undefined, 'customer', 'support'] as const) {
      expect((await scene.call('GET', '/v1/products?state=draft', { as })).status).toBe(403);
      expect((await scene.call('GET', '/v1/products?state=published', { as })).status).toBe(200);
    }
  });

  it('are changed by staff alone, of a product that is there', async () => {
    await create('WHO1');
    for (const verb of ['publish', 'archive'] as const) {
      expect((await move('nothing', verb)).status).toBe(404);
      expect((await scene.call('POST', `/v1/products/${productIdOf('WHO1')}/${verb}`)).status).toBe(401);
      expect((await move('WHO1', verb, 'customer')).status).toBe(403);
    }
    await expectState('WHO1', 'published');
  });

  it('end as one after the other, whoever asks at once', async () => {
    await create('RACE1', { state: 'draft' });
    const verbs = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? 'publish' : 'archive'));
    const answers = await Promise.all(verbs.map((verb) => move('RACE1', verb)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { rows } = await sql<{ state: ProductState; derived: ProductState }>`
      SELECT x.state, p.state AS derived FROM catalog.publication x JOIN catalog.product p ON p.id = x.product_id
      WHERE p.sku = 'RACE1'`.execute(scene.database.db);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.derived).toBe(rows[0]?.state);
  });
});
