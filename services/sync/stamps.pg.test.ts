import { afterEach, beforeEach, expect, test } from 'vitest';

import { count, insert, P1, rowsOf, setPrice } from './testing/products.ts';
import { applyItems, openBoth, ship, takeItems, type TestRegion } from './testing/regions.ts';

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
