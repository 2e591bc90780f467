import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { applyGroups } from './ingest/apply.ts';
import { retryParked, reviveOverdue } from './ingest/parked.ts';
import { inTransaction } from './ingest/transaction.ts';
import {
  C1,
  chinaKey,
  changes,
  keysOf,
  log,
  never,
  openBorder,
  P1,
  parked,
  policies,
  product,
  skus,
  worldKey,
  type Border,
} from './testing/border.ts';
import type { TestRegion } from './testing/regions.ts';

let border: Border;
let world: TestRegion;
let china: TestRegion;
let ingestUrl: string;
let peerAt: Border['peerAt'];

beforeEach(async () => {
  border = await openBorder();
  ({ world, china, ingestUrl, peerAt } = border);
});
afterEach(async () => border?.close());

describe('parents and children', () => {
  test('a child that came first is applied when its parent comes', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await product(world, P1, 'A', { category: C1 });
    const groups = await changes(world);
    const peer = peerAt(ingestUrl);
    const children = groups.filter((group) => group.entity === 'catalog.product');
    expect(await peer.apply(children, never)).toEqual([{ outcome: 'parked', reason: 'missing_parent' }]);
    await peer.apply(
      groups.filter((group) => group.entity === 'catalog.category'),
      never,
    );
    expect(await skus(china)).toEqual(['A']);
    expect(await parked(china)).toEqual([]);
  });

  test('a child whose parent appears by a local write is released by a sweep', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await product(world, P1, 'A', { category: C1 });
    await peerAt(ingestUrl).apply(
      (await changes(world)).filter((group) => group.entity === 'catalog.product'),
      never,
    );
    await china.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    expect(await retryParked({ pool: china.sync, policies, log })).toBe(1);
    expect(await skus(china)).toEqual(['A']);
  });

  test('a parent that more wait for than one round takes sets them all free', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await world.catalog.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor, category_id) SELECT gen_random_uuid(), 'M' || n, 'n', 1, $1 FROM generate_series(1, 1100) n`,
      [C1],
    );
    const groups = await changes(world);
    const peer = peerAt(ingestUrl);
    await peer.apply(
      groups.filter((group) => group.entity === 'catalog.product'),
      never,
    );
    expect(await parked(china)).toHaveLength(1100);
    await peer.apply(
      groups.filter((group) => group.entity === 'catalog.category'),
      never,
    );
    expect(await parked(china)).toEqual([]);
  });

  test('a parent deleted there while a child was made here comes back to life on both sides', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    const worldUrl = await border.openWorldIngest();
    const [toChina, toWorld] = [peerAt(ingestUrl), peerAt(worldUrl, keysOf(chinaKey, [worldKey]))];
    await toChina.apply(await changes(world), never);
    await world.catalog.query('DELETE FROM catalog.category');
    await product(china, P1, 'A', { category: C1 });
    const [deletion, child] = [await changes(world), await changes(china)];
    expect(await toChina.apply(deletion, never)).toEqual([{ outcome: 'parked', reason: 'still_needed' }]);
    const inChina = { pool: china.sync, policies, log };
    expect(await reviveOverdue(inChina, 60_000)).toBe(0);
    expect(await reviveOverdue(inChina, 0)).toBe(1);
    expect(await toWorld.apply(child, never)).toEqual([{ outcome: 'parked', reason: 'missing_parent' }]);
    expect(await toWorld.apply(await changes(china), never)).toEqual([{ outcome: 'applied', reason: null }]);
    expect([await skus(world), await parked(world), await parked(china)]).toEqual([['A'], [], []]);
    const states = await Promise.all(
      [world, china].map(async (region) => (await region.owner.query('SELECT slug, version, origin, vector FROM catalog.category')).rows),
    );
    expect(states[0]).toHaveLength(1);
    expect(states[0]).toEqual(states[1]);
  });

  test('a deletion that nothing stands against any more is made, however long it has waited: nothing is revived that nobody needs', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await peerAt(ingestUrl).apply(await changes(world), never);
    await product(china, P1, 'A', { category: C1 });
    await world.catalog.query('DELETE FROM catalog.category');
    await peerAt(ingestUrl).apply(await changes(world), never);
    // By a writer here, who wakes nobody.
    await china.catalog.query('DELETE FROM catalog.product');
    expect(await reviveOverdue({ pool: china.sync, policies, log }, 0)).toBe(0);
    const { rowCount } = await china.owner.query('SELECT FROM catalog.category');
    expect([rowCount, await parked(china)]).toEqual([0, []]);
  });

  test('a child whose parent goes while it is applied waits for it by name', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    const peer = peerAt(ingestUrl);
    await peer.apply(await changes(world), never);
    await product(world, P1, 'A', { category: C1 });
    const child = await changes(world);
    const local = await china.catalog.connect();
    await local.query('BEGIN');
    await local.query('DELETE FROM catalog.category');
    // Without the look after the commit, which would find the parent missing too.
    const applying = inTransaction(china.sync, async (client) => applyGroups({ client, policies }, child));
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    await expect.poll(async () => (await china.owner.query(waiting)).rowCount).toBe(1);
    await local.query('COMMIT');
    local.release();
    expect(await applying).toEqual([[{ outcome: 'parked', reason: 'missing_parent' }]]);
    const { rows } = await china.owner.query('SELECT waits_for_entity, waits_for_key FROM sync.parked');
    expect(rows).toEqual([{ waits_for_entity: 'catalog.category', waits_for_key: C1 }]);
  });

  test('a revived row keeps the greater of what it and the deletion had seen', async () => {
    await product(china, P1, 'A');
    await china.owner.query('ALTER TABLE catalog.product DISABLE TRIGGER USER');
    await china.owner.query(`UPDATE catalog.product SET vector = '{"world#2": 50, "world#3": 10}'`);
    await china.owner.query('ALTER TABLE catalog.product ENABLE TRIGGER USER');
    const deletion = { $k: P1, $v: '70', $o: 'world#1', $w: { 'world#2': 10, 'world#3': 60, 'china#1': 5 }, $d: true };
    await china.sync.query('SELECT sync.catalog_product_revive($1)', [JSON.stringify(deletion)]);
    const { rows } = await china.owner.query('SELECT vector FROM catalog.product');
    expect(rows).toEqual([{ vector: { 'world#1': 70, 'world#2': 50, 'world#3': 60 } }]);
  });

  const CATEGORY = 'INSERT INTO catalog.category (id, slug, name, parent_id) VALUES ($1::uuid, $1::uuid::text, $1::uuid::text, $2)';
  const categories = async (region: TestRegion): Promise<number> =>
    (await region.owner.query('SELECT FROM catalog.category')).rowCount ?? -1;
  const node = (n: number): string => C1.replace(/c1$/, `d${n}`);

  test.each([
    ['its children are deleted first', 'DELETE FROM catalog.product'],
    ['its children leave it first', 'UPDATE catalog.product SET category_id = NULL'],
  ])('a parent is deleted when %s, in one batch or in two', async (_name, first) => {
    const peer = peerAt(ingestUrl);
    for (const apart of [false, true]) {
      await world.catalog.query(CATEGORY, [C1, null]);
      await product(world, P1, 'A', { category: C1 });
      await peer.apply(await changes(world), never);
      await world.catalog.query(first);
      const child = await changes(world);
      await world.catalog.query('DELETE FROM catalog.category');
      const parent = await changes(world);
      if (apart) {
        expect(await peer.apply(parent, never)).toEqual([{ outcome: 'parked', reason: 'still_needed' }]);
        await peer.apply(child, never);
      } else expect((await peer.apply([...parent, ...child], never)).map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
      expect([await categories(china), await parked(china)]).toEqual([0, []]);
      await world.catalog.query('DELETE FROM catalog.product');
      await peer.apply(await changes(world), never).catch(() => undefined);
    }
  });

  test('a tree is deleted whole, in whatever order its nodes come', async () => {
    const peer = peerAt(ingestUrl);
    for (const [n, parent] of [
      [1, null],
      [2, node(1)],
      [3, node(2)],
    ] as const)
      await world.catalog.query(CATEGORY, [node(n), parent]);
    await peer.apply(await changes(world), never);
    for (const n of [3, 2, 1]) await world.catalog.query('DELETE FROM catalog.category WHERE id = $1', [node(n)]);
    const [deleted] = await changes(world);
    expect(
      (await peer.apply([{ entity: 'catalog.category', items: deleted?.items.toSorted() ?? [] }], never)).map(({ outcome }) => outcome),
    ).toEqual(['applied', 'applied', 'applied']);
    expect([await categories(china), await parked(china)]).toEqual([0, []]);
  });

  test.each(['NO ACTION', 'RESTRICT'])(
    'a circle that moves in both regions made is deleted as one, though it comes in pieces, and beside what is still needed (%s)',
    async (action) => {
      await china.owner.query(`ALTER TABLE catalog.category DROP CONSTRAINT category_parent_id_fkey,
        ADD FOREIGN KEY (parent_id) REFERENCES catalog.category ON DELETE ${action}`);
      const worldUrl = await border.openWorldIngest();
      const [toChina, toWorld] = [peerAt(ingestUrl), peerAt(worldUrl, keysOf(chinaKey, [worldKey]))];
      for (const n of [1, 2, 3]) await world.catalog.query(CATEGORY, [node(n), null]);
      await toChina.apply(await changes(world), never);
      await world.catalog.query('UPDATE catalog.category SET parent_id = $2 WHERE id = $1', [node(1), node(3)]);
      await china.catalog.query('UPDATE catalog.category SET parent_id = $2 WHERE id = $1', [node(3), node(1)]);
      const [there, here] = [await changes(world), await changes(china)];
      await toChina.apply(there, never);
      await toWorld.apply(here, never);
      // It stands between the two when deletions are halved.
      await product(china, P1, 'A', { category: node(2) });
      await world.catalog.query('DELETE FROM catalog.category');
      const [deleted] = await changes(world);
      for (const item of deleted?.items.toSorted() ?? []) await toChina.apply([{ entity: 'catalog.category', items: [item] }], never);
      expect(await parked(china)).toHaveLength(3);
      const inChina = { pool: china.sync, policies, log };
      await retryParked(inChina);
      expect([await categories(china), await parked(china)]).toEqual([1, [{ key: node(2), reason: 'still_needed' }]]);
      expect(await reviveOverdue(inChina, 0)).toBe(1);
    },
  );

  test('what a woken parent is the parent of wakes too', async () => {
    const peer = peerAt(ingestUrl);
    for (const [n, parent] of [
      [1, null],
      [2, node(1)],
      [3, node(2)],
    ] as const)
      await world.catalog.query(CATEGORY, [node(n), parent]);
    await product(world, P1, 'A', { category: node(3) });
    const groups = await changes(world);
    const single = groups.flatMap(({ entity, items }) => items.map((item) => [{ entity, items: [item] }]));
    const deepestFirst = single.toSorted(([a], [b]) => (String(a?.entity) + a?.items[0] < String(b?.entity) + b?.items[0] ? 1 : -1));
    for (const one of deepestFirst) await peer.apply(one, never);
    expect([await categories(china), await skus(china), await parked(china)]).toEqual([3, ['A'], []]);
  });
});
