/**
 * Goal: a product is found however wide its name, or the search, is written, also one that was there before that was so; and no name is too much for the index.
 * Method: signs that NFKC takes for others, on either side. Planted once each: a search, words and Chinese as they are written, entries that stay as they were, and words of any length.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { ProductPage } from '#contracts/catalog.ts';
import { productIdOf } from '#contracts/ids.ts';

import { foldedWidths } from '../migrations/0013-folded-widths.ts';
import { bodyOf, openScene, type Scene } from '../testing/scene.ts';

/** Of one sign the longest word. */
const KILOMETRE = '㌖';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const create = async (sku: string, name: string): Promise<void> => {
  const body = { sku, name, price: { amountMinor: 100, currency: 'GBP' } };
  expect((await scene.call('POST', '/v1/products', { as: 'catalogue', body })).status).toBe(201);
};
const found = async (q: string): Promise<string[]> =>
  bodyOf(ProductPage, await scene.call('GET', `/v1/products?q=${encodeURIComponent(q)}`)).items.map(({ sku }) => sku);

it('a name is found in whatever width it and the search are', async () => {
  await create('W1', 'ＵＳＢ　Ｃａｂｌｅ');
  await create('W2', 'Café ⽊箱');
  for (const q of ['usb', 'ＵＳＢ', 'cable ｕｓｂ', 'cabel']) expect(await found(q), q).toEqual(['W1']);
  for (const q of ['café', 'café'.normalize('NFD'), '木箱', '⽊箱', 'Ｗ２']) expect(await found(q), q).toEqual(['W2']);
});

it('a name whose signs stand for many letters is taken, and looked for', async () => {
  await create('W3', `Sign ${KILOMETRE.repeat(190)}`);
  expect(await found('sign')).toEqual(['W3']);
  expect(await found(KILOMETRE.repeat(100))).toEqual([]);
});

it('what was there before is found as well', async () => {
  await create('W4', 'Ｔｅａｐｏｔ');
  const superuser = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: scene.region.urls.url, max: 1 }) }),
  });
  await sql`UPDATE catalog.search_entry SET terms = ${"'ｔｅａｐｏｔ'"}::tsvector WHERE product_id = ${productIdOf('W4')}`.execute(
    superuser,
  );
  expect(await found('teapot')).toEqual([]);
  await foldedWidths.up(superuser);
  await superuser.destroy();
  expect(await found('teapot')).toEqual(['W4']);
});
