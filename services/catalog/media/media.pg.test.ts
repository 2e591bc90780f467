import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MEDIA_LIMIT, Medium, MediumList } from '#contracts/catalog-content.ts';
import { Product } from '#contracts/catalog.ts';
import { mediumIdOf, productIdOf } from '#contracts/ids.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const staff = { as: 'catalogue' } as const;
const urlOf = (sku: string) => `/v1/products/${productIdOf(sku)}`;
const picture = (name: string) => `https://media.example.com/${name}.webp`;
const create = async (sku: string, more: object = {}) =>
  bodyOf(
    Product,
    await scene.call('POST', '/v1/products', {
      ...staff,
      body: { sku, name: `Product ${sku}`, price: { amountMinor: 1, currency: 'GBP' }, ...more },
    }),
  );
const add = (sku: string, body: object) => scene.call('POST', `${urlOf(sku)}/media`, { ...staff, body });
const seen = async (sku: string) => bodyOf(MediumList, await scene.call('GET', `${urlOf(sku)}/media`)).items;

describe('links to pictures', () => {
  it('are added, ordered, changed and taken away', async () => {
    const { id, stamp } = await create('M1');
    const created = await add('M1', { url: picture('b'), altEn: 'From behind', altZh: '背面', position: 2 });
    const medium = bodyOf(Medium, created);
    expect(medium).toMatchObject({ id: mediumIdOf(id, picture('b')), productId: id, kind: 'image', altZh: '背面', position: 2 });
    await add('M1', { url: picture('a'), kind: 'video', position: 1 });
    expect((await seen('M1')).map(({ url, altEn }) => [url, altEn])).toEqual([
      [picture('a'), null],
      [picture('b'), 'From behind'],
    ]);
    const url = `/v1/media/${medium.id}`;
    const ifMatch = String(created.headers['etag']);
    expect((await scene.call('PATCH', url, { ...staff, body: { position: 0 } })).status).toBe(428);
    const changed = await scene.call('PATCH', url, { ...staff, ifMatch, body: { position: 0, altEn: null } });
    expect(changed.body).toMatchObject({ position: 0, altEn: null, altZh: '背面' });
    expect((await scene.call('PATCH', url, { ...staff, ifMatch, body: { position: 5 } })).status).toBe(412);
    expect((await scene.call('PATCH', url, { ...staff, ifMatch, body: { url: picture('c') } })).status).toBe(400);
    expect((await seen('M1')).map((one) => one.url)).toEqual([picture('b'), picture('a')]);
    expect((await scene.call('DELETE', url, { ...staff, ifMatch: String(changed.headers['etag']) })).status).toBe(204);
    expect((await seen('M1')).map((one) => one.url)).toEqual([picture('a')]);
    // The product itself has not changed, and goes with what is left.
    const product = await scene.call('GET', urlOf('M1'));
    expect(bodyOf(Product, product).stamp).toEqual(stamp);
    expect((await scene.call('DELETE', urlOf('M1'), { ...staff, ifMatch: String(product.headers['etag']) })).status).toBe(204);
  });

  it('are there once, and of a product that is there', async () => {
    await create('M2');
    expect((await add('M2', { url: picture('a') })).status).toBe(201);
    expect(await add('M2', { url: picture('a') })).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect((await add('nothing', { url: picture('a') })).status).toBe(404);
  });

  it('are so many at most, however many add them at once', async () => {
    await create('M3');
    const answers = await Promise.all(Array.from({ length: MEDIA_LIMIT + 6 }, (_, n) => add('M3', { url: picture(`n${n}`) })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(MEDIA_LIMIT);
    expect(answers.filter(({ body }) => (body as { code?: string }).code === 'limit_reached')).toHaveLength(6);
    expect(await seen('M3')).toHaveLength(MEDIA_LIMIT);
  });

  it.each([
    'http://media.example.com/a.webp',
    'javascript:alert(1)',
    'https://user:secret@media.example.com/a.webp',
    'https://127.0.0.1/a.webp',
    `https://media.example.com/${'a'.repeat(2_000)}`,
  ])('are no %s', async (url) => {
    expect(await add('M2', { url })).toMatchObject({ status: 400, body: { errors: [{ field: 'url' }] } });
  });

  it('of what is not published are for staff', async () => {
    await create('M4', { state: 'draft' });
    await add('M4', { url: picture('a') });
    expect((await scene.call('GET', `${urlOf('M4')}/media`)).status).toBe(404);
    expect((await scene.call('GET', `${urlOf('M4')}/media`, staff)).status).toBe(200);
  });
});

describe('who may not', () => {
  it.each([
    ['POST', `${urlOf('M2')}/media`, { url: picture('z') }],
    ['PATCH', `/v1/media/${productIdOf('x')}`, { position: 1 }],
    ['DELETE', `/v1/media/${productIdOf('x')}`, undefined],
  ] as const)('%s %s: nobody, and no customer', async (method, url, body) => {
    const before = scene.published();
    const request = { body, ifMatch: '"1-world#1"' };
    expect((await scene.call(method, url, request)).status).toBe(401);
    expect((await scene.call(method, url, { ...request, as: 'customer' })).status).toBe(403);
    expect(scene.published()).toBe(before);
  });
});
