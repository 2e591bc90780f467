/**
 * Goal: who writes down ids of stores and products learns which of them name nothing, which stores are the other region's, and no more of the catalogue.
 * Method: the functions, by the roles that may ask. Planted once: `catalog.unusable_of` looks at the country alone.
 */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { productIdOf, storeIdOf } from '#contracts/ids.ts';

import { openRegionDatabase, type RegionDatabase } from '../testing/region-database.ts';

const store = storeIdOf('YORK');
const elsewhere = storeIdOf('BATH');
const draft = productIdOf('DRAFT');

let region: RegionDatabase;
const clients: pg.Client[] = [];
const as = async (role: 'inventory' | 'orders' | 'catalog' | 'users'): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: region.urls.roles[role] });
  await client.connect();
  clients.push(client);
  return client;
};
beforeAll(async () => {
  region = await openRegionDatabase();
  const catalog = await as('catalog');
  await catalog.query(`INSERT INTO catalog.store (id, code, name, city, country) VALUES ($1, 'YORK', 'Shop', 'York', 'GB')`, [store]);
  await catalog.query(
    `INSERT INTO catalog.store (id, code, name, city, country, region) VALUES ($1, 'BATH', 'Shop', 'Bath', 'GB', 'china')`,
    [elsewhere],
  );
  await catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at, initial_state) VALUES ($1, 'DRAFT', 'Cup', 1, 'GBP', now(), 'draft')`,
    [draft],
  );
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await region.close();
});

it.each(['inventory', 'orders'] as const)('%s is told what names nothing, each once and as what it was asked for', async (role) => {
  const client = await as(role);
  const missingOf = async (stores: readonly string[], products: readonly string[]) =>
    (await client.query('SELECT kind, id FROM catalog.missing_of($1, $2) ORDER BY kind, id', [stores, products])).rows;
  const none = randomUUID();
  expect(await missingOf([store, store], [draft])).toEqual([]);
  expect(await missingOf([], [])).toEqual([]);
  expect(await missingOf([none, store, none], [draft, none])).toEqual([
    { kind: 'product', id: none },
    { kind: 'store', id: none },
  ]);
  expect(await missingOf([draft], [store])).toEqual([
    { kind: 'product', id: store },
    { kind: 'store', id: draft },
  ]);
  await expect(client.query('SELECT FROM catalog.store')).rejects.toMatchObject({ code: '42501' });
});

it.each(['inventory', 'orders'] as const)('%s is told which stores are of the other region, too', async (role) => {
  const client = await as(role);
  const unusableOf = async (stores: readonly string[], products: readonly string[]) =>
    (await client.query('SELECT kind, id, why FROM catalog.unusable_of($1, $2) ORDER BY why, kind', [stores, products])).rows;
  const none = randomUUID();
  expect(await unusableOf([store, store], [draft])).toEqual([]);
  expect(await unusableOf([elsewhere, store, none, elsewhere, none], [none, draft, none])).toEqual([
    { kind: 'store', id: elsewhere, why: 'elsewhere' },
    { kind: 'product', id: none, why: 'missing' },
    { kind: 'store', id: none, why: 'missing' },
  ]);
});

it('nobody else may ask', async () => {
  await expect((await as('users')).query(`SELECT catalog.unusable_of('{}', '{}')`)).rejects.toMatchObject({ code: '42501' });
  await expect((await as('users')).query(`SELECT catalog.missing_of('{}', '{}')`)).rejects.toMatchObject({ code: '42501' });
});
