import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Translation, TranslationList } from '#contracts/catalog-content.ts';
import { Product } from '#contracts/catalog.ts';
import { productIdOf, translationIdOf } from '#contracts/ids.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const price = { amountMinor: 100, currency: 'GBP' };
const urlOf = (sku: string) => `/v1/products/${productIdOf(sku)}`;
const create = async (sku: string, more: object = {}) =>
  bodyOf(Product, await scene.call('POST', '/v1/products', { as: 'catalogue', body: { sku, name: `Lantern ${sku}`, price, ...more } }));
const put = (sku: string, language: string, body: object, ifMatch?: string) =>
  scene.call('PUT', `${urlOf(sku)}/translations/${language}`, { as: 'catalogue', body, ...(ifMatch === undefined ? {} : { ifMatch }) });

/** What a reader gets to see, with what the headers say of it. */
async function read(sku: string, { query = '', accept, as }: { query?: string; accept?: string; as?: 'catalogue' } = {}) {
  const answer = await scene.call('GET', `${urlOf(sku)}${query}`, {
    as,
    ...(accept === undefined ? {} : { headers: { 'accept-language': accept } }),
  });
  const { name, description, language } = bodyOf(Product, answer);
  expect(answer.headers['content-language']).toBe(language);
  expect(answer.headers['vary']).toBe('authorization, accept-language');
  return { name, description, language };
}

describe('a reader', () => {
  it('gets the language that is asked for, and the own texts of what is not translated', async () => {
    await create('READ1', { description: 'Made of tin' });
    const own = { name: 'Lantern READ1', description: 'Made of tin', language: 'en' };
    expect(await read('READ1', { accept: 'zh-CN' })).toEqual(own);
    expect((await put('READ1', 'zh', { name: '灯笼' })).status).toBe(201);
    const translated = { name: '灯笼', description: 'Made of tin', language: 'zh' };
    expect(await read('READ1', { accept: 'zh-CN,zh;q=0.9,en;q=0.8' })).toEqual(translated);
    expect(await read('READ1', { query: '?language=zh' })).toEqual(translated);
    expect(await read('READ1', { query: '?language=en', accept: 'zh' })).toEqual(own);
    expect(await read('READ1', { accept: 'fr' })).toEqual(own);
    expect(await read('READ1')).toEqual(own);
  });

  it('of a list gets each in the best language there is, and Content-Language names them all', async () => {
    await create('LIST1');
    await create('LIST2');
    await put('LIST1', 'zh', { name: '灯笼一', description: '红' });
    const answer = await scene.call('GET', '/v1/products?q=LIST&sort=sku', { headers: { 'accept-language': 'zh' } });
    const { items } = bodyOf(pageOf(Product), answer);
    expect(items.map(({ name, language }) => [name, language])).toEqual([
      ['灯笼一', 'zh'],
      ['Lantern LIST2', 'en'],
    ]);
    expect(answer.headers['content-language']).toBe('zh, en');
  });

  it('who is an editor gets the own texts, whatever the browser sends, so that saving them translates nothing', async () => {
    await create('EDIT1');
    await put('EDIT1', 'zh', { name: '灯笼' });
    expect((await read('EDIT1', { accept: 'zh', as: 'catalogue' })).name).toBe('Lantern EDIT1');
    expect((await read('EDIT1', { query: '?language=zh', as: 'catalogue' })).name).toBe('灯笼');
  });

  it.each(['?language=fr', '?language=', '?unknown=1'])('is refused %s', async (query) => {
    expect((await scene.call('GET', `${urlOf('READ1')}${query}`)).status).toBe(400);
  });
});

describe('a translation', () => {
  it('has an id of its product and language, a tag, and is replaced by who has seen it', async () => {
    const product = await create('PUT1');
    const created = await put('PUT1', 'zh', { name: '一', description: '描述' });
    const translation = bodyOf(Translation, created);
    expect(translation).toMatchObject({
      id: translationIdOf(product.id, 'zh'),
      productId: product.id,
      language: 'zh',
      description: '描述',
    });
    const tag = String(created.headers['etag']);
    expect((await put('PUT1', 'zh', { name: '二' })).status).toBe(428);
    const replaced = await put('PUT1', 'zh', { name: '二' }, tag);
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ name: '二', description: null });
    expect((await put('PUT1', 'zh', { name: '三' }, tag)).status).toBe(412);
    expect((await put('PUT1', 'en', { name: 'x' }, tag)).status).toBe(412);
    const { items } = bodyOf(TranslationList, await scene.call('GET', `${urlOf('PUT1')}/translations`, { as: 'catalogue' }));
    expect(items.map(({ language, name }) => [language, name])).toEqual([['zh', '二']]);
    // The product is still in the version that somebody may have seen.
    expect(bodyOf(Product, await scene.call('GET', urlOf('PUT1'))).stamp).toEqual(product.stamp);
  });

  it('goes by its own deletion, or with its product', async () => {
    await create('DEL1');
    const tag = String((await put('DEL1', 'zh', { name: '一' })).headers['etag']);
    await put('DEL1', 'en', { name: 'one' });
    const path = `${urlOf('DEL1')}/translations/zh`;
    expect((await scene.call('DELETE', path, { as: 'catalogue' })).status).toBe(428);
    expect((await scene.call('DELETE', path, { as: 'catalogue', ifMatch: tag })).status).toBe(204);
    expect((await scene.call('DELETE', path, { as: 'catalogue', ifMatch: tag })).status).toBe(404);
    const { headers } = await scene.call('GET', urlOf('DEL1'));
    expect((await scene.call('DELETE', urlOf('DEL1'), { as: 'admin', ifMatch: String(headers['etag']) })).status).toBe(204);
    expect((await sql`SELECT FROM catalog.translation WHERE product_id = ${productIdOf('DEL1')}`.execute(scene.database.db)).rows).toEqual(
      [],
    );
  });

  it('is of a product that is there, in a language of ours', async () => {
    expect((await put('nothing', 'zh', { name: '一' })).status).toBe(404);
    expect((await scene.call('GET', `${urlOf('nothing')}/translations`, { as: 'admin' })).status).toBe(404);
    expect((await put('PUT1', 'fr', { name: 'un' })).status).toBe(400);
    expect((await put('PUT1', 'en', { name: ' ' })).status).toBe(400);
    await expect(
      sql`UPDATE catalog.translation SET language = 'en' WHERE product_id = ${productIdOf('PUT1')}`.execute(scene.database.db),
    ).rejects.toMatchObject({ code: '23000' });
  });
});

describe('who may not', () => {
  it.each([
    ['GET', '/translations', undefined],
    ['PUT', '/translations/zh', { name: '一' }],
    ['DELETE', '/translations/zh', undefined],
  ] as const)('%s %s: nobody, and no customer', async (method, path, body) => {
    const before = scene.published();
    const request = { body, ifMatch: '"1-world#1"' };
    expect((await scene.call(method, `${urlOf('PUT1')}${path}`, request)).status).toBe(401);
    expect((await scene.call(method, `${urlOf('PUT1')}${path}`, { ...request, as: 'customer' })).status).toBe(403);
    expect(scene.published()).toBe(before);
  });
});
