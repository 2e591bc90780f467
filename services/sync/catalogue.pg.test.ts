/**
 * Goal: what is said of a product in one region and what is said of it in the other become one product in both, and nothing is seen before it may be.
 * Method: the product's own migrations in two real databases; writes as the catalogue makes them; items taken and applied as worker and ingest do, also one entity
 * at a time, in an order that queues may bring about. Planted once: translations as columns of the product, and a state that comes by its own row alone.
 */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { mediumIdOf, priceIdOf, productIdOf, publicationIdOf, translationIdOf, variantIdOf } from '#contracts/ids.ts';
import type { Region } from '#contracts/regions.ts';
import { createPolicies, entityPolicies, policiesOf } from '#contracts/sync-policy.ts';

import { openRegionDatabase, type RegionDatabase } from '../testing/region-database.ts';
import { applyGroups } from './ingest/apply.ts';
import { retryParked } from './ingest/parked.ts';
import { inTransaction } from './ingest/transaction.ts';
import { log } from './testing/border.ts';
import { takeItems } from './testing/regions.ts';

interface Side {
  readonly region: Region;
  readonly database: RegionDatabase;
  readonly catalog: pg.Pool;
  readonly sync: pg.Pool;
  readonly orders: pg.Pool;
}

const policies = createPolicies(entityPolicies);
let world: Side;
let china: Side;
let turn = 0;
let sku: string;
let id: string;

async function openSide(region: Region): Promise<Side> {
  const database = await openRegionDatabase(region);
  const poolOf = (role: 'catalog' | 'sync' | 'orders'): pg.Pool =>
    new pg.Pool({ connectionString: database.urls.roles[role], max: 4, pipeline: true, options: '-c TimeZone=UTC' });
  return { region, database, catalog: poolOf('catalog'), sync: poolOf('sync'), orders: poolOf('orders') };
}

beforeAll(async () => {
  [world, china] = await Promise.all([openSide('world'), openSide('china')]);
});
afterAll(async () => {
  for (const side of [world, china]) {
    await Promise.all([side?.catalog.end(), side?.sync.end(), side?.orders.end()]);
    await side?.database.close();
  }
});
beforeEach(async () => {
  turn += 1;
  sku = `X${turn}`;
  id = productIdOf(sku);
  for (const side of [world, china]) await takeItems(side);
});

type Items = ReadonlyMap<string, readonly string[]>;

async function deliver(items: Items, to: Side, only = [...items.keys()]): Promise<string[]> {
  const groups = only.flatMap((entity) => ({ entity, items: [...(items.get(entity) ?? [])] }));
  const answers = await inTransaction(to.sync, (client) => applyGroups({ client, policies }, groups));
  await retryParked({ pool: to.sync, policies, log });
  return answers.flat().map(({ outcome, reason }) => [outcome, reason].filter(Boolean).join(' '));
}

/** Both sides send what they have written, before either has seen what the other wrote. */
async function exchange(): Promise<string[]> {
  const [fromWorld, fromChina] = [await takeItems(world), await takeItems(china)];
  return [...(await deliver(fromWorld, china)), ...(await deliver(fromChina, world))];
}

const putProduct = (side: Side, more = { state: 'published' }): Promise<unknown> =>
  side.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at, initial_state) VALUES ($1, $2, 'Lantern', 100, 'GBP', now(), $3)`,
    [id, sku, more.state],
  );
const reprice = (side: Side, minor: number): Promise<unknown> =>
  side.catalog.query('UPDATE catalog.product SET price_minor = $2, priced_at = now() WHERE id = $1', [id, minor]);
const translate = (side: Side, language: string, name: string): Promise<unknown> =>
  side.catalog.query(
    `INSERT INTO catalog.translation (id, product_id, language, name) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
    [translationIdOf(id, language), id, language, name],
  );
const publish = (side: Side, state: string): Promise<unknown> =>
  side.catalog.query(
    'INSERT INTO catalog.publication (id, product_id, state) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET state = excluded.state',
    [publicationIdOf(id), id, state],
  );

const price = (side: Side, minor: number, from: string, to: string | null = null, region = 'china'): Promise<unknown> =>
  side.catalog.query(
    `INSERT INTO catalog.price (id, product_id, region, currency, amount_minor, valid_from, valid_to) VALUES ($1, $2, $3, 'GBP', $4, $5, $6)`,
    [priceIdOf(id, region, 'GBP', from), id, region, minor, from, to],
  );
const costs = async (side: Side): Promise<number> =>
  Number((await side.orders.query('SELECT unit_minor FROM catalog.quote($1, $2, now())', [[id], 'GBP'])).rows[0]?.unit_minor);

const link = (side: Side, name: string, position = 0): Promise<unknown> => {
  const url = `https://media.example.com/${name}.webp`;
  return side.catalog.query(
    `INSERT INTO catalog.medium (id, product_id, url, kind, position) VALUES ($1, $2, $3, 'image', $4)
     ON CONFLICT (id) DO UPDATE SET position = excluded.position`,
    [mediumIdOf(id, url), id, url, position],
  );
};
const found = async (side: Side, lexeme: string): Promise<number | null> =>
  (await side.catalog.query('SELECT FROM catalog.search_entry WHERE product_id = $1 AND terms @@ $2::tsquery', [id, lexeme])).rowCount;

/** What of the product a side shows and holds, stamps and all, but for what stays home. */
async function held(side: Side): Promise<unknown> {
  const rows: unknown[] = [];
  for (const { entity } of policiesOf('catalog').filter(
    (one) => one.columns['product_id'] !== undefined || one.entity === 'catalog.product',
  )) {
    const key = entity === 'catalog.product' ? 'id' : 'product_id';
    const found = await side.catalog.query(`SELECT to_jsonb(t) - 'cost_minor' AS held FROM ${entity} t WHERE t.${key} = $1 ORDER BY t.id`, [
      id,
    ]);
    rows.push(...found.rows.map((row: { held: unknown }) => ({ entity, ...(row.held as object) })));
  }
  return rows;
}
async function expectEqual(): Promise<unknown> {
  const here = await held(world);
  expect(await held(china)).toEqual(here);
  return here;
}
const conflictsOf = async (side: Side): Promise<number> =>
  Number((await side.sync.query('SELECT count(*) AS n FROM sync.conflict WHERE loser ->> $1 = $2', ['$k', id])).rows[0]?.n);
const isSold = async (side: Side): Promise<boolean> =>
  (await side.orders.query('SELECT FROM catalog.quote($1, $2, now())', [[id], 'GBP'])).rowCount === 1;

describe('a product that both regions work at', () => {
  test('is repriced here, translated and archived there: all of it stands in both, and nothing conflicts', async () => {
    await putProduct(world);
    await exchange();
    await Promise.all([reprice(world, 250), translate(china, 'zh', '灯笼'), publish(china, 'archived')]);
    expect(new Set(await exchange())).toEqual(new Set(['applied']));
    expect(await expectEqual()).toEqual([
      expect.objectContaining({ entity: 'catalog.product', price_minor: 250, state: 'archived' }),
      expect.objectContaining({ entity: 'catalog.publication', state: 'archived' }),
      expect.objectContaining({ entity: 'catalog.translation', name: '灯笼' }),
    ]);
    expect([await conflictsOf(world), await conflictsOf(china)]).toEqual([0, 0]);
    expect([await isSold(world), await isSold(china)]).toEqual([false, false]);
  });

  test('has one translation of a language, whoever made it: the later one, and a record of the other', async () => {
    await putProduct(world);
    await exchange();
    await translate(world, 'zh', '灯');
    await translate(china, 'zh', '灯笼');
    await exchange();
    await expectEqual();
    const { rows } = await world.catalog.query('SELECT name FROM catalog.translation WHERE product_id = $1', [id]);
    expect(rows).toHaveLength(1);
    const { rows: records } = await china.sync.query(`SELECT FROM sync.conflict WHERE entity = 'catalog.translation' AND key = $1`, [
      translationIdOf(id, 'zh'),
    ]);
    expect(records).toHaveLength(1);
  });

  test('is a draft from its first moment in the other region', async () => {
    await putProduct(world, { state: 'draft' });
    await translate(world, 'zh', '灯笼');
    const items = await takeItems(world);
    await deliver(items, china, ['catalog.product']);
    expect(await isSold(china)).toBe(false);
    await publish(world, 'published');
    await deliver(items, china, ['catalog.translation']);
    expect(await isSold(china)).toBe(false);
    await exchange();
    expect(await isSold(china)).toBe(true);
    await expectEqual();
  });

  test('may come after what is said of it', async () => {
    await putProduct(world);
    await publish(world, 'archived');
    await translate(world, 'zh', '灯笼');
    const items = await takeItems(world);
    expect(await deliver(items, china, ['catalog.publication', 'catalog.translation'])).toEqual([
      'parked missing_parent',
      'parked missing_parent',
    ]);
    await deliver(items, china, ['catalog.product']);
    expect(await isSold(china)).toBe(false);
    await expectEqual();
  });

  test('that was archived is not sold while it is on its way out, nor when the other region keeps it', async () => {
    await putProduct(world);
    await publish(world, 'archived');
    await exchange();
    for (const table of ['publication', 'product']) {
      await world.catalog.query(`DELETE FROM catalog.${table} WHERE ${table === 'product' ? 'id' : 'product_id'} = $1`, [id]);
    }
    const items = await takeItems(world);
    await deliver(items, china, ['catalog.publication']);
    expect(await isSold(china)).toBe(false);
    await reprice(china, 250);
    await deliver(items, china, ['catalog.product']);
    await exchange();
    expect(await Promise.all([isSold(world), isSold(china)])).toEqual([false, false]);
    expect(await expectEqual()).toMatchObject([{ entity: 'catalog.product', state: 'archived' }]);
  });

  test('goes with all that is said of it', async () => {
    await putProduct(world);
    await publish(world, 'archived');
    await translate(world, 'zh', '灯笼');
    await exchange();
    for (const table of ['publication', 'translation'])
      await world.catalog.query(`DELETE FROM catalog.${table} WHERE product_id = $1`, [id]);
    await world.catalog.query('DELETE FROM catalog.product WHERE id = $1', [id]);
    const items = await takeItems(world);
    // The worst order: the product first, in a batch of its own. Its belongings still need it, and their own deletions make room.
    expect(await deliver(items, china, ['catalog.product'])).toEqual(['parked still_needed']);
    await deliver(items, china, ['catalog.translation', 'catalog.publication']);
    expect(await expectEqual()).toEqual([]);
  });

  test('costs what its region asks for, wherever that was written', async () => {
    await putProduct(world);
    await price(world, 90, '2020-01-01T00:00:00.000000Z');
    await exchange();
    await expectEqual();
    expect([await costs(world), await costs(china)]).toEqual([100, 90]);
  });

  test('has prices of both regions that overlap, where both were written at once: the one that began last counts, in both', async () => {
    await putProduct(world);
    await exchange();
    await price(world, 80, '2020-01-01T00:00:00.000000Z');
    await price(china, 70, '2020-02-01T00:00:00.000000Z');
    expect(new Set(await exchange())).toEqual(new Set(['applied']));
    await expectEqual();
    expect(await costs(china)).toBe(70);
  });

  test('has a price that ends and one that follows, in whatever order they come', async () => {
    await putProduct(world);
    await price(world, 80, '2020-01-01T00:00:00.000000Z');
    await exchange();
    await world.catalog.query(`UPDATE catalog.price SET valid_to = '2020-06-01Z' WHERE product_id = $1`, [id]);
    const ending = await takeItems(world);
    await price(world, 60, '2020-06-01T00:00:00.000000Z');
    expect(await deliver(await takeItems(world), china)).toEqual(['applied']);
    expect(await deliver(ending, china)).toEqual(['applied']);
    await expectEqual();
    expect(await costs(china)).toBe(60);
  });

  test('has the pictures that both have linked, each once', async () => {
    await putProduct(world);
    await exchange();
    await Promise.all([link(world, 'front'), link(world, 'both', 1), link(china, 'back'), link(china, 'both', 2)]);
    await exchange();
    await expectEqual();
    expect((await china.catalog.query('SELECT FROM catalog.medium WHERE product_id = $1', [id])).rowCount).toBe(3);
  });

  test('is a variant there as here, and its parent is not sold in either', async () => {
    const [parent, sibling] = [productIdOf(`${sku}-parent`), productIdOf(`${sku}-sibling`)];
    for (const [key, code] of [
      [parent, `${sku}-parent`],
      [sibling, `${sku}-sibling`],
    ]) {
      await world.catalog.query(
        `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, $2, 'Shirt', 1, 'GBP', now())`,
        [key, code],
      );
    }
    await putProduct(world);
    await exchange();
    const put = (side: Side, product: string): Promise<unknown> =>
      side.catalog.query(`INSERT INTO catalog.variant (id, product_id, parent_id, options) VALUES ($1, $2, $3, '{"size": "S"}')`, [
        variantIdOf(product),
        product,
        parent,
      ]);
    // Alike, which either region would refuse of its own.
    await Promise.all([put(world, id), put(china, sibling)]);
    expect(new Set(await exchange())).toEqual(new Set(['applied']));
    await expectEqual();
    for (const side of [world, china]) {
      const { rows } = await side.orders.query('SELECT product_id FROM catalog.quote($1, $2, now())', [[id, parent, sibling], 'GBP']);
      expect(rows.map((row: { product_id: string }) => row.product_id).toSorted()).toEqual([id, sibling].toSorted());
    }
  });

  test('is found in each region by what came from the other', async () => {
    await putProduct(world);
    await exchange();
    await translate(china, 'zh', '灯笼');
    await world.catalog.query(`UPDATE catalog.product SET name = 'Samovar' WHERE id = $1`, [id]);
    await exchange();
    for (const side of [world, china]) {
      expect([await found(side, "'samovar'"), await found(side, "'灯笼'"), await found(side, "'lantern'")], side.region).toEqual([1, 1, 0]);
    }
  });
});
