import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { count, insert, P1, P2, rowsOf, setPrice } from './testing/products.ts';
import { applyItems, openBoth, ship, takeItems, type Answer, type TestRegion } from './testing/regions.ts';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ world, china, close } = await openBoth());
});
afterEach(async () => close?.());

describe('races', () => {
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
