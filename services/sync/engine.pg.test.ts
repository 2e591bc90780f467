import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { applyItems, openBoth, ship, takeItems, type Answer, type TestRegion } from './testing/regions.ts';

const P1 = '00000000-0000-5000-8000-000000000001';
const P2 = '00000000-0000-5000-8000-000000000002';
const C1 = '00000000-0000-5000-8000-0000000000c1';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ world, china, close } = await openBoth());
});
afterEach(async () => close?.());

interface Row {
  sku: string;
  name: string;
  price_minor: string;
  cost_minor: string | null;
  version: string;
  origin: string;
  vector: Record<string, number>;
}

async function rowsOf(region: TestRegion): Promise<Row[]> {
  return (
    await region.owner.query<Row>('SELECT sku, name, price_minor, cost_minor, version, origin, vector FROM catalog.product ORDER BY id')
  ).rows;
}
const insert = (region: TestRegion, id: string, sku: string, price: number): Promise<unknown> =>
  region.catalog.query('INSERT INTO catalog.product (id, sku, name, price_minor, cost_minor) VALUES ($1, $2, $3, $4, 7)', [
    id,
    sku,
    `name of ${sku}`,
    price,
  ]);
const setPrice = (region: TestRegion, id: string, price: number): Promise<unknown> =>
  region.catalog.query('UPDATE catalog.product SET price_minor = $2 WHERE id = $1', [id, price]);
const count = async (region: TestRegion, table: string): Promise<number> =>
  Number((await region.owner.query<{ n: string }>(`SELECT count(*) AS n FROM sync.${table}`)).rows[0]?.n);

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

  /** Applies an edit of the world's in China while a local statement holds the row, and lets that commit once the apply waits for it. */
  async function applyDuring(localStatement: string): Promise<Answer[]> {
    await insert(world, P1, 'A', 100);
    await ship(world, china);
    await setPrice(world, P1, 111);
    const items = (await takeItems(world)).get('catalog.product') ?? [];
    const local = await china.catalog.connect();
    await local.query('BEGIN');
    await local.query(localStatement, [P1]);
    const applying = applyItems(china, 'catalog.product', items);
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    await expect.poll(async () => (await china.owner.query(waiting)).rowCount).toBe(1);
    await local.query('COMMIT');
    local.release();
    return applying;
  }

  test('an apply that waited for a local edit does not overwrite it unseen', async () => {
    const answers = await applyDuring('UPDATE catalog.product SET price_minor = 222 WHERE id = $1');
    expect(answers).toEqual([{ ordinal: 1, outcome: 'conflict', reason: 'lost' }]);
    expect((await rowsOf(china))[0]?.price_minor).toBe('222');
    expect(await count(china, 'conflict')).toBe(1);
  });

  test('an apply that waited for a local delete does not leave a row beside its grave', async () => {
    await applyDuring('DELETE FROM catalog.product WHERE id = $1');
    expect([(await rowsOf(china)).length, await count(china, 'tombstone'), await count(china, 'conflict')]).toEqual([0, 1, 1]);
  });

  test('a grave for a row that is being inserted waits: both are not there side by side', async () => {
    const local = await world.catalog.connect();
    await local.query('BEGIN');
    await local.query(`INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1, 'A', 'here', 1)`, [P1]);
    await insert(china, P1, 'A', 2);
    await china.catalog.query('DELETE FROM catalog.product');
    const grave = (await takeItems(china)).get('catalog.product') ?? [];
    expect(await applyItems(world, 'catalog.product', grave)).toEqual([{ ordinal: 1, outcome: 'parked', reason: 'busy' }]);
    await local.query('COMMIT');
    local.release();
    expect(await applyItems(world, 'catalog.product', grave)).toEqual([{ ordinal: 1, outcome: 'conflict', reason: 'won' }]);
    expect([
      (await rowsOf(world)).length,
      await count(world, 'tombstone'),
      await count(world, 'conflict'),
      await count(world, 'parked'),
    ]).toEqual([0, 1, 1, 0]);
  });

  test('an insert that waited for a deletion stamped ahead of this clock is to be tried again', async () => {
    await insert(world, P1, 'A', 100);
    const items = (await takeItems(world)).get('catalog.product') ?? [];
    const ahead = items.map((item) => item.replace(/"\$v" : "\d+"/, `"$v" : "${(BigInt(Date.now()) + 288_000n) << 16n}"`));
    await applyItems(china, 'catalog.product', ahead);
    const deleting = await china.catalog.connect();
    await deleting.query('BEGIN');
    await deleting.query('DELETE FROM catalog.product WHERE id = $1', [P1]);
    const inserting = insert(china, P1, 'A', 7).then(
      () => 'inserted',
      (error: unknown) => (error instanceof pg.DatabaseError ? error.code : 'other'),
    );
    await expect
      .poll(
        async () =>
          (await china.owner.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`))
            .rowCount,
      )
      .toBe(1);
    await deleting.query('COMMIT');
    deleting.release();
    expect(await inserting).toBe('40001');
    await insert(china, P1, 'A', 7);
    expect([(await rowsOf(china)).length, await count(china, 'tombstone')]).toEqual([1, 0]);
  });

  test('a queue that lost its messages is refilled: every row and tombstone of this region is pointed at', async () => {
    await insert(world, P1, 'A', 100);
    await insert(world, P2, 'B', 100);
    await world.catalog.query('DELETE FROM catalog.product WHERE id = $1', [P2]);
    await takeItems(world);
    await insert(china, '00000000-0000-5000-8000-0000000000aa', 'C', 1);
    await ship(china, world);
    expect((await world.owner.query('SELECT sync.repoint() AS n')).rows).toEqual([{ n: '2' }]);
    await ship(world, china);
    expect((await rowsOf(china)).map((row) => row.sku)).toEqual(['A', 'C']);
    expect(await count(china, 'tombstone')).toBe(1);
  });

  test('graves that are held already are no reason to wait for who inserts', async () => {
    await world.catalog.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor) SELECT gen_random_uuid(), 'S' || n, 'n', n FROM generate_series(1, 20) n`,
    );
    await world.catalog.query('DELETE FROM catalog.product');
    const graves = (await takeItems(world)).get('catalog.product') ?? [];
    await applyItems(china, 'catalog.product', graves);
    const local = await china.catalog.connect();
    await local.query('BEGIN');
    await local.query(`INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1, 'A', 'here', 1)`, [P1]);
    const again = await applyItems(china, 'catalog.product', graves);
    await local.query('COMMIT');
    local.release();
    expect(new Set(again.map(({ outcome, reason }) => `${outcome} ${reason}`))).toEqual(new Set(['stale duplicate']));
  });

  test('an insert under a snapshot that could not see a tombstone is refused', async () => {
    const client = await world.catalog.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const inserting = client.query(`INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1, 'A', 'n', 1)`, [P1]);
    await expect(inserting).rejects.toThrow(/under READ COMMITTED/);
    await client.query('ROLLBACK');
    client.release();
  });
});
