/**
 * Goal: a product is found however wide its name, or the search, is written, also one that was there before that was so; and no name is too much for the index.
 * Method: signs that NFKC takes for others, on either side. Planted once each: a search, words and Chinese as they are written, entries that stay as they were,
 * nobody who waits for who was writing then, and words of any length.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ProductPage } from '#contracts/catalog.ts';
import { productIdOf } from '#contracts/ids.ts';

import { foldedWidths } from '../migrations/0013-folded-widths.ts';
import { namesAtRest } from '../migrations/0016-names-at-rest.ts';
import { foldedEntries } from '../migrations/0017-folded-entries.ts';
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

describe('a product that was named before', () => {
  let superuser: Kysely<Record<string, never>>;
  beforeAll(() => {
    superuser = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: scene.region.urls.url, max: 2 }) }) });
  });
  afterAll(() => superuser.destroy());
  /** As the release before enters it. */
  const enterAsBefore = (db: Kysely<Record<string, never>>, sku: string, word: string) =>
    sql`UPDATE catalog.search_entry SET terms = ${`'${word}'`}::tsvector WHERE product_id = ${productIdOf(sku)}`.execute(db);

  it('is found as well', async () => {
    await create('W4', 'Ｔｅａｐｏｔ');
    await enterAsBefore(superuser, 'W4', 'ｔｅａｐｏｔ');
    expect(await found('teapot')).toEqual([]);
    await foldedEntries.up(superuser);
    expect(await found('teapot')).toEqual(['W4']);
  });

  it('is found as well where it was being written at that moment', async () => {
    const resting = Promise.withResolvers<void>();
    await superuser.transaction().execute(async (trx) => {
      await sql`INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at)
        VALUES (${productIdOf('W5')}, 'W5', 'Ｔｕｒｅｅｎ', 100, 'GBP', now())`.execute(trx);
      await enterAsBefore(trx, 'W5', 'ｔｕｒｅｅｎ');
      await foldedWidths.up(superuser);
      resting.resolve(superuser.transaction().execute((other) => namesAtRest.up(other)));
      await expect
        .poll(async () => (await sql`SELECT FROM pg_locks WHERE NOT granted`.execute(scene.database.db)).rows.length)
        .toBeGreaterThan(0);
    });
    await resting.promise;
    expect(await found('tureen')).toEqual([]);
    await foldedEntries.up(superuser);
    expect(await found('tureen')).toEqual(['W5']);
  });
});
