import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { count, insert, P1, P2, rowsOf, setPrice } from './testing/products.ts';
import { applyItems, openBoth, ship, takeItems, type TestRegion } from './testing/regions.ts';

const P3 = '00000000-0000-5000-8000-000000000003';
const ENTITY = 'catalog.product';
/** A clock that is ahead, but not so far that its stamps have to wait. */
const AHEAD_MS = 288_000n;
let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ world, china, close } = await openBoth());
});
afterEach(async () => close?.());

const stampedAhead = (items: readonly string[]): string[] =>
  items.map((item) => item.replace(/"\$v" : "\d+"/, `"$v" : "${(BigInt(Date.now()) + AHEAD_MS) << 16n}"`));

test('an edit of a row stamped ahead of this clock is stamped above it', async () => {
  await insert(world, P1, 'A', 100);
  const items = stampedAhead((await takeItems(world)).get(ENTITY) ?? []);
  await applyItems(china, ENTITY, items);
  const before = BigInt((await rowsOf(china))[0]?.version ?? 0);
  await setPrice(china, P1, 200);
  const [after] = await rowsOf(china);
  expect(BigInt(after?.version ?? 0)).toBeGreaterThan(before);
  expect(BigInt(after?.vector['world#1'] ?? 0)).toBeGreaterThan(0n);
});

test('an edit of a row that this region stamped ahead of its clock is stamped above it', async () => {
  await insert(world, P1, 'A', 100);
  await applyItems(china, ENTITY, stampedAhead((await takeItems(world)).get(ENTITY) ?? []));
  await setPrice(china, P1, 200);
  const [first] = await rowsOf(china);
  await setPrice(china, P1, 300);
  const [second] = await rowsOf(china);
  expect(first?.origin).toBe('china#1');
  expect(BigInt(second?.version ?? 0)).toBeGreaterThan(BigInt(first?.version ?? 0));
  expect(second?.vector).toEqual(first?.vector);
});

describe('a writer that names the stamp itself', () => {
  const forged = `version = 7, origin = 'china#9', vector = '{"china#9": 9}'`;

  test('gets the stamp that it would have got without, on insert', async () => {
    await world.owner.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor, version, origin, vector) VALUES ($1, 'A', 'a', 1, 7, 'china#9', '{"china#9": 9}'), ($2, 'B', 'b', 1, 9000000000000000000, 'world#1', '{}')`,
      [P1, P2],
    );
    await world.owner.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor, version, origin, vector) VALUES ($1, 'C', 'c', 1, NULL, NULL, NULL)`,
      [P3],
    );
    for (const row of await rowsOf(world)) {
      expect(row).toMatchObject({ origin: 'world#1', vector: {} });
      expect(Math.abs(Number(BigInt(row.version) >> 16n) - Date.now())).toBeLessThan(60_000);
    }
  });

  test('gets it on update, with and without a change of what crosses', async () => {
    await insert(world, P1, 'A', 100);
    const [before] = await rowsOf(world);
    await world.owner.query(`UPDATE catalog.product SET ${forged}`);
    expect(await rowsOf(world)).toEqual([before]);
    await world.owner.query(`UPDATE catalog.product SET price_minor = 200, ${forged}`);
    const [after] = await rowsOf(world);
    expect(after).toMatchObject({ origin: 'world#1', vector: {} });
    expect(BigInt(after?.version ?? 0)).toBeGreaterThan(BigInt(before?.version ?? 0));
  });

  test('finds the tombstone of its row, whatever it says about tombstones', async () => {
    await insert(world, P1, 'A', 100);
    await world.owner.query('DELETE FROM catalog.product');
    const ahead = (BigInt(Date.now()) + AHEAD_MS) << 16n;
    await world.owner.query(`UPDATE sync.tombstone SET version = $1, origin = 'china#1'`, [String(ahead)]);
    const client = await world.owner.connect();
    await client.query(`SET sync.graves_catalog_product = 'none'`);
    await client.query(`INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1, 'A', 'a', 1)`, [P1]);
    client.release();
    const [row] = await rowsOf(world);
    expect(BigInt(row?.version ?? 0)).toBeGreaterThan(ahead);
    expect(row?.vector).toEqual({ 'china#1': Number(ahead) });
    expect((await world.owner.query('SELECT FROM sync.tombstone')).rowCount).toBe(0);
  });
});

test('an apply of a greater version that waited for a local edit records it', async () => {
  await insert(world, P1, 'A', 100);
  await ship(world, china);
  await setPrice(world, P1, 111);
  const items = stampedAhead((await takeItems(world)).get(ENTITY) ?? []);
  const local = await china.catalog.connect();
  await local.query('BEGIN');
  await local.query('UPDATE catalog.product SET price_minor = 222 WHERE id = $1', [P1]);
  const applying = applyItems(china, ENTITY, items);
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  await expect.poll(async () => (await china.owner.query(waiting)).rowCount).toBe(1);
  await local.query('COMMIT');
  local.release();
  expect(await applying).toEqual([{ ordinal: 1, outcome: 'conflict', reason: 'won' }]);
  expect((await rowsOf(china))[0]?.price_minor).toBe('111');
  const { rows } = await china.owner.query(`SELECT loser->>'price_minor' AS loser, loser_origin FROM sync.conflict`);
  expect(rows).toEqual([{ loser: '222', loser_origin: 'china#1' }]);
});

test('a version that a restored region gives out again is not taken for the one that was lost', async () => {
  await insert(world, P1, 'A', 100);
  await ship(world, china);
  // What the world wrote and sent before it lost it: ahead of the clock that it is restored with.
  await setPrice(world, P1, 111);
  const lost = stampedAhead((await takeItems(world)).get(ENTITY) ?? []);
  const lostVersion = /"\$v" : "(\d+)"/.exec(lost[0] ?? '')?.[1] ?? '';
  await applyItems(china, ENTITY, lost);
  await world.owner.query(`SELECT sync.set_node('world', 2)`);
  await setPrice(world, P1, 333);
  const again = (await takeItems(world)).get(ENTITY)?.map((item) => item.replace(/"\$v" : "\d+"/, `"$v" : "${lostVersion}"`)) ?? [];
  // The same version, other contents: two writes, and neither had seen the other.
  expect(await applyItems(china, ENTITY, again)).toEqual([{ ordinal: 1, outcome: 'conflict', reason: 'won' }]);
  expect([(await rowsOf(china))[0]?.price_minor, await count(china, 'conflict')]).toEqual(['333', 1]);
});

test('of a column that is not here yet the last write stands, not the last delivery', async () => {
  const item = (version: number, colour: string): string =>
    JSON.stringify({ $k: P1, $v: String(version), $o: 'world#1', $w: {}, sku: 'A', colour });
  for (const batch of [[item(2, 'second')], [item(1, 'first')], [item(3, 'third'), item(2, 'second')]])
    await china.owner.query('SELECT sync.fit_items($1, $2)', [ENTITY, `[${batch.join(',')}]`]);
  const { rows } = await china.owner.query('SELECT name, value, version::text FROM sync.unknown_column');
  expect(rows).toEqual([{ name: 'colour', value: 'third', version: '3' }]);
  await china.owner.query('SELECT sync.fit_items($1, $2)', [ENTITY, `[${item(2, 'late')}]`]);
  expect((await china.owner.query('SELECT value FROM sync.unknown_column')).rows).toEqual([{ value: 'third' }]);
});
