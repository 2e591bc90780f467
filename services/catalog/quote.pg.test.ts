import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { productIdOf } from '#contracts/ids.ts';

import { openRegionDatabase, type RegionDatabase } from '../testing/region-database.ts';

let region: RegionDatabase;
let catalog: pg.Client;
let orders: pg.Client;

beforeAll(async () => {
  region = await openRegionDatabase();
  [catalog, orders] = [region.urls.roles.catalog, region.urls.roles.orders].map(
    (connectionString) => new pg.Client({ connectionString }),
  ) as [pg.Client, pg.Client];
  await Promise.all([catalog.connect(), orders.connect()]);
  for (const [sku, minor, currency] of [
    ['A', 295, 'GBP'],
    ['B', 0, 'GBP'],
    ['C', 100, 'EUR'],
  ] as const) {
    await catalog.query(
      'INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, $2, $3, $4, $5, now())',
      [productIdOf(sku), sku, `Product ${sku}`, minor, currency],
    );
  }
});
afterAll(async () => {
  await Promise.all([catalog.end(), orders.end()]);
  await region.close();
});

const quote = async (skus: readonly string[], currency: string) =>
  (await orders.query('SELECT * FROM catalog.quote($1, $2, now()) ORDER BY sku', [skus.map(productIdOf), currency])).rows;

describe('a quote', () => {
  it('names the products that have a price in the currency, each once, and leaves the others out', async () => {
    expect(await quote(['B', 'A', 'A', 'C', 'unknown'], 'GBP')).toEqual([
      { product_id: productIdOf('A'), sku: 'A', name: 'Product A', unit_minor: '295', currency: 'GBP' },
      { product_id: productIdOf('B'), sku: 'B', name: 'Product B', unit_minor: '0', currency: 'GBP' },
    ]);
    expect((await quote(['A', 'C'], 'EUR')).map(({ sku }) => sku)).toEqual(['C']);
    expect(await quote(['A', 'C'], 'CNY')).toEqual([]);
    expect(await quote([], 'GBP')).toEqual([]);
  });

  it('has the name in the language of the region, and of what has none in it its own', async () => {
    const translate = async (db: pg.Client, sku: string, language: string, name: string) =>
      db.query('INSERT INTO catalog.translation (id, product_id, language, name) VALUES (gen_random_uuid(), $1, $2, $3)', [
        productIdOf(sku),
        language,
        name,
      ]);
    await translate(catalog, 'A', 'zh', '台灯');
    await translate(catalog, 'B', 'en', 'Table lamp');
    const named = async () => (await quote(['A', 'B'], 'GBP')).map(({ name }) => name);
    expect(await named()).toEqual(['Product A', 'Table lamp']);
    const china = await openRegionDatabase('china');
    try {
      const [there, buyer] = [
        new pg.Client({ connectionString: china.urls.roles.catalog }),
        new pg.Client({ connectionString: china.urls.roles.orders }),
      ];
      await Promise.all([there.connect(), buyer.connect()]);
      await there.query(
        "INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, 'A', 'Table lamp', 1, 'CNY', now())",
        [productIdOf('A')],
      );
      await translate(there, 'A', 'zh', '台灯');
      expect((await buyer.query("SELECT name FROM catalog.quote($1, 'CNY', now())", [[productIdOf('A')]])).rows).toEqual([
        { name: '台灯' },
      ]);
      await Promise.all([there.end(), buyer.end()]);
    } finally {
      await china.close();
    }
  });

  it('is all that orders may know of the catalogue', async () => {
    for (const table of ['product', 'category', 'store']) {
      await expect(orders.query(`SELECT FROM catalog.${table}`)).rejects.toMatchObject({ code: '42501' });
    }
    expect(
      (await orders.query(`SELECT has_function_privilege('auth', 'catalog.quote(uuid[], text, timestamptz)', 'EXECUTE') AS may`)).rows,
    ).toEqual([{ may: false }]);
  });

  it('does not look through what its caller puts in the way', async () => {
    await orders.query(`CREATE TEMP TABLE product AS SELECT 1; SET search_path = pg_temp`);
    expect(await quote(['A'], 'GBP')).toHaveLength(1);
  });
});
