import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Category, ProductPage } from '#contracts/catalog.ts';
import { pageOf } from '#contracts/values.ts';
import { categoryIdOf } from '#contracts/ids.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let inspect: pg.Pool;
beforeAll(async () => {
  scene = await openScene();
  inspect = new pg.Pool({ connectionString: scene.urls.url, max: 2 });
});
afterAll(async () => {
  await inspect.end();
  await scene.close();
});

const page = pageOf(Category);
const create = (slug: string, parentId?: string) =>
  scene.call('POST', '/v1/categories', {
    as: 'admin',
    body: { slug, name: slug.toUpperCase(), ...(parentId === undefined ? {} : { parentId }) },
  });

describe('categories', () => {
  it('are created, read, renamed and deleted', async () => {
    const created = await create('garden');
    const { status, headers } = created;
    expect(status).toBe(201);
    const body = bodyOf(Category, created);
    expect(body).toMatchObject({ id: categoryIdOf('garden'), slug: 'garden', name: 'GARDEN', parentId: null });
    const url = `/v1/categories/${body.id}`;
    expect((await scene.call('GET', url)).body).toEqual(body);
    const renamed = await scene.call('PATCH', url, { as: 'catalogue', ifMatch: String(headers['etag']), body: { name: 'Garden' } });
    expect(renamed).toMatchObject({ status: 200, body: { name: 'Garden' } });
    expect((await scene.call('DELETE', url, { as: 'admin', ifMatch: String(headers['etag']) })).status).toBe(412);
    expect((await scene.call('DELETE', url, { as: 'admin', ifMatch: String(renamed.headers['etag']) })).status).toBe(204);
    expect((await scene.call('GET', url)).status).toBe(404);
  });

  it('are listed by slug, page by page', async () => {
    for (const slug of ['l-1', 'l-2', 'l-3']) await create(slug);
    const first = bodyOf(page, await scene.call('GET', '/v1/categories?limit=2'));
    const second = bodyOf(page, await scene.call('GET', `/v1/categories?limit=200&cursor=${first.pageInfo.nextCursor}`));
    const slugs = [...first.items, ...second.items].map(({ slug }) => slug);
    expect(slugs).toEqual(slugs.toSorted());
    expect(slugs).toEqual(expect.arrayContaining(['l-1', 'l-2', 'l-3']));
    expect(slugs).toHaveLength(first.total);
  });

  it('refuse a slug that is taken, and a parent that does not exist', async () => {
    await create('taken');
    expect((await create('taken')).status).toBe(409);
    expect(await create('orphan', categoryIdOf('nowhere'))).toMatchObject({ status: 422, body: { errors: [{ field: 'parentId' }] } });
  });

  it('never come to lie below themselves', async () => {
    const top = bodyOf(Category, await create('top'));
    const middle = bodyOf(Category, await create('middle', top.id));
    const bottom = bodyOf(Category, await create('bottom', middle.id));
    const ifMatch = String((await scene.call('GET', `/v1/categories/${top.id}`)).headers['etag']);
    for (const parentId of [top.id, middle.id, bottom.id]) {
      expect((await scene.call('PATCH', `/v1/categories/${top.id}`, { as: 'admin', ifMatch, body: { parentId } })).status).toBe(400);
    }
  });

  it('hold what is below them, however deep, also where they lie in a ring', async () => {
    const ids: string[] = [];
    for (const slug of ['house', 'kitchen', 'mugs', 'bath']) {
      const parentId = slug === 'bath' ? ids[0] : ids.at(-1);
      ids.push(bodyOf(Category, await create(slug, parentId)).id);
      const body = { sku: `T-${slug}`, name: slug, price: { amountMinor: 100, currency: 'GBP' }, categoryId: ids.at(-1) };
      expect((await scene.call('POST', '/v1/products', { as: 'admin', body })).status).toBe(201);
    }
    const [house, kitchen, mugs] = ids;
    const within = async (id: string | undefined) =>
      bodyOf(ProductPage, await scene.call('GET', `/v1/products?categoryId=${id}`))
        .items.map(({ name }) => name)
        .toSorted();
    expect(await within(house)).toEqual(['bath', 'house', 'kitchen', 'mugs']);
    expect(await within(kitchen)).toEqual(['kitchen', 'mugs']);
    expect(await within(mugs)).toEqual(['mugs']);
    // As two regions can make it.
    await inspect.query('UPDATE catalog.category SET parent_id = $1 WHERE id = $2', [mugs, kitchen]);
    expect(await within(mugs)).toEqual(['kitchen', 'mugs']);
  });

  it('nor where two of them are put below each other at once', async () => {
    const pair = [await create('left'), await create('right')].map((created) => ({
      id: bodyOf(Category, created).id,
      ifMatch: String(created.headers['etag']),
    }));
    const ids = pair.map(({ id }) => id);
    // Both are asked for before either is written.
    const holder = await inspect.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM catalog.category WHERE id = ANY ($1) FOR UPDATE', [ids]);
    const moving = pair.map(({ id, ifMatch }) =>
      scene.call('PATCH', `/v1/categories/${id}`, { as: 'admin', ifMatch, body: { parentId: ids.find((one) => one !== id) } }),
    );
    const waiting = async () =>
      (await inspect.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).rowCount;
    await expect.poll(waiting).toBe(2);
    await holder.query('COMMIT');
    holder.release();
    expect((await Promise.all(moving)).map(({ status }) => status).toSorted()).toEqual([200, 400]);
  });

  it('stay while something refers to them', async () => {
    const created = await create('used');
    const { id } = bodyOf(Category, created);
    const product = { sku: 'U', name: 'u', price: { amountMinor: 1, currency: 'GBP' }, categoryId: id };
    expect((await scene.call('POST', '/v1/products', { as: 'admin', body: product })).status).toBe(201);
    const answer = await scene.call('DELETE', `/v1/categories/${id}`, { as: 'admin', ifMatch: String(created.headers['etag']) });
    expect(answer).toMatchObject({ status: 409, body: { code: 'in_use' } });
  });
});
