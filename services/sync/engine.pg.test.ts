import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { C1, count, insert, P1, P2, rowsOf, setPrice } from './testing/products.ts';
import { applyItems, openBoth, ship, takeItems, type TestRegion } from './testing/regions.ts';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ world, china, close } = await openBoth());
});
afterEach(async () => close?.());

describe('capture', () => {
  test('a bulk statement costs one outbox row a statement, whoever writes', async () => {
    await world.catalog.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor) SELECT gen_random_uuid(), 'S' || n, 'n', n FROM generate_series(1, 400) n`,
    );
    expect(await count(world, 'outbox')).toBe(1);
    await world.owner.query('UPDATE catalog.product SET price_minor = price_minor + 1');
    expect(await count(world, 'outbox')).toBe(2);
    await world.owner.query('DELETE FROM catalog.product');
    expect(await count(world, 'outbox')).toBe(3);
    expect(await count(world, 'tombstone')).toBe(400);
  });

  test('a statement over many rows is cut into pointers of 500', async () => {
    await world.catalog.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor) SELECT gen_random_uuid(), 'S' || n, 'n', n FROM generate_series(1, 1201) n`,
    );
    const { rows } = await world.owner.query<{ size: number }>('SELECT size FROM sync.outbox ORDER BY size');
    expect(rows.map((row) => row.size)).toEqual([201, 500, 500]);
  });

  test('a change of a column that stays home makes neither stamp nor pointer', async () => {
    await insert(world, P1, 'A', 100);
    const before = await rowsOf(world);
    await world.catalog.query('UPDATE catalog.product SET cost_minor = 55');
    expect(await count(world, 'outbox')).toBe(1);
    expect((await rowsOf(world))[0]?.version).toBe(before[0]?.version);
  });

  test('a setting alone does not switch capture off', async () => {
    const client = await world.catalog.connect();
    try {
      await client.query(`SET sync.applying = 'on'`);
      await client.query('INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1, $2, $3, 1)', [P1, 'A', 'a']);
    } finally {
      client.release(true);
    }
    expect(await count(world, 'outbox')).toBe(1);
  });

  test('no other role can put pointers or tombstones there by a trigger of its own', async () => {
    // A service that publishes changes of its own, and so may use the schema.
    await world.owner.query('GRANT USAGE ON SCHEMA sync TO auth');
    const stranger = new pg.Client({ connectionString: world.database.roles.auth });
    await stranger.connect();
    try {
      await stranger.query('CREATE TEMP TABLE mine (id uuid, version int8, origin text, vector jsonb)');
      const hang = stranger.query(
        'CREATE TRIGGER mine AFTER INSERT ON mine REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sync.catalog_product_capture()',
      );
      await expect(hang).rejects.toThrow(/permission denied for function/);
    } finally {
      await stranger.end();
    }
  });

  test('TRUNCATE is refused, and so is a changed key', async () => {
    await insert(world, P1, 'A', 100);
    await expect(world.owner.query('TRUNCATE catalog.product')).rejects.toThrow(/would not reach the other region/);
    await expect(world.owner.query('UPDATE catalog.product SET id = $1', [P2])).rejects.toThrow(/key of catalog.product cannot change/);
  });
});

describe('apply', () => {
  test('what is written here is there, with the same stamp, and does not come back', async () => {
    await insert(world, P1, 'A', 100);
    expect((await ship(world, china)).get('catalog.product')).toEqual([{ ordinal: 1, outcome: 'applied', reason: null }]);
    const [here] = await rowsOf(world);
    const [there] = await rowsOf(china);
    expect(there).toEqual({ ...here, cost_minor: null });
    expect(await count(china, 'outbox')).toBe(0);
  });

  test('a delivery twice, or an older one late, changes nothing', async () => {
    await insert(world, P1, 'A', 100);
    const old = await takeItems(world);
    await setPrice(world, P1, 200);
    await ship(world, china);
    expect(await applyItems(china, 'catalog.product', old.get('catalog.product') ?? [])).toEqual([
      { ordinal: 1, outcome: 'stale', reason: 'superseded' },
    ]);
    expect((await rowsOf(china))[0]?.price_minor).toBe('200');
    expect(await count(china, 'conflict')).toBe(0);
  });

  test('an edit of what came from the other side dominates it: no conflict', async () => {
    await insert(world, P1, 'A', 100);
    await ship(world, china);
    await setPrice(china, P1, 300);
    expect((await ship(china, world)).get('catalog.product')).toEqual([{ ordinal: 1, outcome: 'applied', reason: null }]);
    const [row] = await rowsOf(world);
    expect(row).toMatchObject({ price_minor: '300', origin: 'china#1', cost_minor: '7' });
    expect(row?.vector).toHaveProperty('world#1');
    expect(await count(world, 'conflict')).toBe(0);
  });

  test('concurrent edits: both sides keep the greater stamp and a record of the loser', async () => {
    await insert(world, P1, 'A', 100);
    await ship(world, china);
    await setPrice(world, P1, 111);
    await setPrice(china, P1, 222);
    const [fromWorld, fromChina] = [await takeItems(world), await takeItems(china)];
    expect(await applyItems(china, 'catalog.product', fromWorld.get('catalog.product') ?? [])).toEqual([
      { ordinal: 1, outcome: 'conflict', reason: 'lost' },
    ]);
    expect(await applyItems(world, 'catalog.product', fromChina.get('catalog.product') ?? [])).toEqual([
      { ordinal: 1, outcome: 'conflict', reason: 'won' },
    ]);
    expect((await rowsOf(world)).map((row) => [row.price_minor, row.version])).toEqual(
      (await rowsOf(china)).map((row) => [row.price_minor, row.version]),
    );
    for (const region of [world, china]) {
      const { rows } = await region.owner.query('SELECT winner->>$1 AS winner, loser->>$1 AS loser, loser_origin FROM sync.conflict', [
        'price_minor',
      ]);
      expect(rows).toEqual([{ winner: '222', loser: '111', loser_origin: 'world#1' }]);
    }
  });

  test('a delete crosses, and a late older write does not bring the row back', async () => {
    await insert(world, P1, 'A', 100);
    const old = await takeItems(world);
    await applyItems(china, 'catalog.product', old.get('catalog.product') ?? []);
    await china.catalog.query('DELETE FROM catalog.product');
    await ship(china, world);
    expect(await rowsOf(world)).toEqual([]);
    for (const region of [world, china]) {
      expect(await applyItems(region, 'catalog.product', old.get('catalog.product') ?? [])).toEqual([
        { ordinal: 1, outcome: 'stale', reason: 'superseded' },
      ]);
      expect(await rowsOf(region)).toEqual([]);
    }
  });

  test('deletions of many rows are settled together, and those that had not seen an edit by themselves', async () => {
    await world.catalog.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor) SELECT gen_random_uuid(), 'S' || n, 'n', n FROM generate_series(1, 400) n`,
    );
    await ship(world, china);
    await insert(world, P1, 'A', 1);
    await world.catalog.query('DELETE FROM catalog.product');
    await china.catalog.query(`UPDATE catalog.product SET price_minor = 1000 WHERE sku = 'S7'`);
    await china.owner.query(
      `INSERT INTO sync.parked (entity, key, version, origin, item, reason) SELECT 'catalog.product', id, 1, 'world#1', '{}', 'x' FROM catalog.product WHERE sku = 'S1'`,
    );
    const answers = (await ship(world, china)).get('catalog.product') ?? [];
    const tally = Object.groupBy(answers, ({ outcome, reason }) => `${outcome} ${reason}`);
    expect(Object.fromEntries(Object.entries(tally).map(([name, held]) => [name, held?.length]))).toEqual({
      'applied null': 400,
      'conflict lost': 1,
    });
    expect((await rowsOf(china)).map(({ sku }) => sku)).toEqual(['S7']);
    const { rows } = await china.owner.query('SELECT count(*) AS n, count(confirmed_at) AS confirmed FROM sync.tombstone');
    expect(rows).toEqual([{ n: '400', confirmed: '400' }]);
    expect([await count(china, 'parked'), await count(china, 'conflict'), await count(china, 'outbox')]).toEqual([0, 1, 1]);
  });

  test('a row written again over its grave has seen it', async () => {
    await insert(world, P1, 'A', 100);
    await ship(world, china);
    await china.catalog.query('DELETE FROM catalog.product');
    await ship(china, world);
    await insert(world, P1, 'A', 500);
    expect((await ship(world, china)).get('catalog.product')).toEqual([{ ordinal: 1, outcome: 'applied', reason: null }]);
    expect((await rowsOf(china))[0]).toMatchObject({ price_minor: '500', origin: 'world#1' });
    expect([await count(world, 'tombstone'), await count(china, 'tombstone')]).toEqual([0, 0]);
  });

  test('delete against edit, concurrently: the greater stamp rules on both sides', async () => {
    await insert(world, P1, 'A', 100);
    await ship(world, china);
    await world.catalog.query('DELETE FROM catalog.product');
    await setPrice(china, P1, 999);
    const [fromWorld, fromChina] = [await takeItems(world), await takeItems(china)];
    await applyItems(china, 'catalog.product', fromWorld.get('catalog.product') ?? []);
    await applyItems(world, 'catalog.product', fromChina.get('catalog.product') ?? []);
    expect((await rowsOf(world)).map((row) => row.version)).toEqual((await rowsOf(china)).map((row) => row.version));
    expect([await count(world, 'conflict'), await count(china, 'conflict')]).toEqual([1, 1]);
    expect([await count(world, 'tombstone'), await count(china, 'tombstone')]).toEqual([0, 0]);
  });

  test('a child without its parent is parked by name; its neighbours are not held up', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await insert(world, P1, 'A', 100);
    await insert(world, P2, 'B', 100);
    await world.catalog.query('UPDATE catalog.product SET category_id = $1 WHERE id = $2', [C1, P1]);
    const items = await takeItems(world);
    const answers = await applyItems(china, 'catalog.product', items.get('catalog.product') ?? []);
    expect(answers.map((answer) => answer.outcome).sort()).toEqual(['applied', 'parked']);
    const { rows } = await china.owner.query('SELECT key, reason, waits_for_entity, waits_for_key FROM sync.parked');
    expect(rows).toEqual([{ key: P1, reason: 'missing_parent', waits_for_entity: 'catalog.category', waits_for_key: C1 }]);
  });

  test('a stamp from too far ahead is parked, and the row stays writable', async () => {
    await insert(world, P1, 'A', 100);
    await ship(world, china);
    const { rows } = await world.sync.query<{ item: string }>('SELECT item FROM sync.catalog_product_read($1)', [[P1]]);
    const item: Record<string, unknown> = JSON.parse(rows[0]?.item ?? '{}');
    const ahead = JSON.stringify({ ...item, $v: String((BigInt(Date.now()) + 3_600_000n) << 16n), price_minor: 1 });
    expect(await applyItems(china, 'catalog.product', [ahead])).toEqual([{ ordinal: 1, outcome: 'parked', reason: 'future_version' }]);
    await setPrice(china, P1, 321);
    expect((await rowsOf(china))[0]?.price_minor).toBe('321');
  });
});
