/**
 * Goal: spellings that are kept cost no query, and hide nothing for longer than they say.
 * Method: products that come in between, and the same search before and after. Planted once: spellings that are kept for good, and none that is kept.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { ProductPage } from '#contracts/catalog.ts';

import { bodyOf, openScene, type Scene } from '../testing/scene.ts';
import { keptSpellings } from './kept-spellings.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

let count = 0;
async function add(name: string): Promise<void> {
  const body = { sku: `G${(count += 1)}`, name, price: { amountMinor: 100, currency: 'GBP' } };
  expect((await scene.call('POST', '/v1/products', { as: 'catalogue', body })).status).toBe(201);
}

it('keeps what it found, for each word by itself', async () => {
  await add('teapot');
  const find = keptSpellings(scene.database.db, 3_600_000);
  const within = async (...words: string[]) => [...(await find(words))].map(([word, spelling]) => [word, spelling.within]);
  expect(await within('eapo')).toEqual([['eapo', ['teapot']]]);
  await add('teapots');
  expect(await within('eapo')).toEqual([['eapo', ['teapot']]]);
  expect(await within('apot', 'eapo')).toEqual(
    expect.arrayContaining([
      ['eapo', ['teapot']],
      ['apot', ['teapot', 'teapots']],
    ]),
  );
});

it('forgets it in time', async () => {
  const find = keptSpellings(scene.database.db, 1);
  expect((await find(['oodle'])).get('oodle')?.within).toEqual([]);
  await add('noodles');
  await expect.poll(async () => (await find(['oodle'])).get('oodle')?.within).toEqual(['noodles']);
});

it('does not hide a new product from who asks for its words or their beginnings', async () => {
  const found = async (q: string) => bodyOf(ProductPage, await scene.call('GET', `/v1/products?q=${q}`)).items.map(({ name }) => name);
  for (const q of ['gramophone', 'gramo']) expect(await found(q)).toEqual([]);
  await add('Gramophone');
  for (const q of ['gramophone', 'gramo']) expect(await found(q)).toEqual(['Gramophone']);
});
