import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { loseAll } from '../testing/delivery.ts';
import { insert, setPrice } from '../testing/products.ts';
import { openReconciling, type Reconciling } from '../testing/reconciling.ts';
import type { TestRegion } from '../testing/regions.ts';

let open: Reconciling;
beforeAll(async () => {
  open = await openReconciling();
});
afterAll(() => open.close());

let serial = 0;
/** A product's id; `group` puts it at a place of its own in the key space. */
const id = (group: string): string => `${group.padEnd(8, '0')}-0000-5000-8000-${(serial += 1).toString(16).padStart(12, '0')}`;

const held = async (region: TestRegion): Promise<unknown[]> =>
  (
    await region.owner.query(
      `SELECT id::text AS key, price_minor::text, version::text, origin FROM catalog.product
       UNION ALL SELECT key, 'deleted', version::text, origin FROM sync.tombstone WHERE entity = 'catalog.product' ORDER BY 1, 3`,
    )
  ).rows;

async function bothHoldTheSame(): Promise<void> {
  expect(await held(open.china)).toEqual(await held(open.world));
}

/** One region of the two, and what was written there is lost on the way. */
async function lose(region: TestRegion, write: () => Promise<unknown>): Promise<void> {
  await open.deliver();
  await write();
  await loseAll(region);
}

beforeEach(async () => {
  open.onWait = async () => undefined;
  open.onAsk = async () => undefined;
  for (const region of [open.world, open.china]) {
    await region.catalog.query('DELETE FROM catalog.product');
    await region.owner.query('DELETE FROM sync.outbox');
    for (const table of ['tombstone', 'parked', 'dead_letter', 'conflict']) await region.owner.query(`DELETE FROM sync.${table}`);
    await region.owner.query('UPDATE sync.node SET collected_version = 0, filling = false');
  }
});

/** Rows that both regions hold, all over the key space. */
async function many(rows = 60): Promise<string[]> {
  const ids = Array.from({ length: rows }, (_, index) => id((index * 4).toString(16).padStart(2, '0')));
  await open.world.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor) SELECT i, i::text, 'n', 1 FROM unnest($1::uuid[]) i`,
    [ids],
  );
  await open.deliver();
  return ids;
}

describe('reconciliation', () => {
  test('finds nothing where both hold the same', async () => {
    await many();
    const run = await open.reconcile();
    expect(run).toMatchObject({ state: 'done', reason: null, counts: { differing: 0, pointed: 0, asked: 0, ownKeys: 60, peerKeys: 60 } });
    expect(run.counts.ranges).toBeGreaterThan(5);
  });

  test('repairs just what was lost, from either side, and a second pass repairs nothing', async () => {
    const ids = await many();
    const [updated = '', older = '', deleted = '', gone = ''] = ids.slice(10);
    await lose(open.world, () => insert(open.world, id('7f'), 'LOST-1', 5));
    await lose(open.world, () => setPrice(open.world, updated, 77));
    await lose(open.china, () => setPrice(open.china, older, 88));
    await lose(open.world, () => open.world.catalog.query('DELETE FROM catalog.product WHERE id = $1', [deleted]));
    await lose(open.china, () => open.china.catalog.query('DELETE FROM catalog.product WHERE id = $1', [gone]));
    const run = await open.reconcile();
    expect(run).toMatchObject({ state: 'done', counts: { pointed: 3, asked: 2, inFlight: 0, findings: 0 } });
    await open.deliver();
    await bothHoldTheSame();
    expect((await open.reconcile()).counts).toMatchObject({ differing: 0, pointed: 0, asked: 0 });
  });

  test('a deletion of what the other side never had is told there, too', async () => {
    await many();
    await lose(open.world, async () => {
      const short = id('7e');
      await insert(open.world, short, 'SHORT-LIVED', 1);
      await open.world.catalog.query('DELETE FROM catalog.product WHERE id = $1', [short]);
    });
    expect((await open.reconcile()).counts).toMatchObject({ differing: 1, pointed: 1 });
    await open.deliver();
    await bothHoldTheSame();
  });

  test('covers the key space from end to end', async () => {
    await many();
    for (const end of ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
      for (const region of [open.world, open.china]) {
        await lose(region, () => insert(region, end, `END-${end}`, 1));
        const run = await open.reconcile();
        expect(run.counts).toMatchObject(region === open.world ? { pointed: 1, asked: 0 } : { pointed: 0, asked: 1 });
        await open.deliver();
        await bothHoldTheSame();
        await region.catalog.query('DELETE FROM catalog.product WHERE id = $1', [end]);
        await open.deliver();
      }
    }
  });

  test('a dry run tells and leaves everything as it is', async () => {
    const ids = await many();
    await lose(open.world, () => setPrice(open.world, ids[3] ?? '', 9));
    await lose(open.china, () => setPrice(open.china, ids[7] ?? '', 9));
    const run = await open.reconcile({ dryRun: true });
    expect(run).toMatchObject({ state: 'done', counts: { pointed: 1, asked: 1, findings: 2 } });
    expect(await open.reconciler.findings('424242')).toBeUndefined();
    expect((await open.reconciler.findings(run.id))?.map(({ key, kind }) => [key, kind])).toEqual([
      [ids[3], 'ours'],
      [ids[7], 'theirs'],
    ]);
    expect(await open.world.owner.query('SELECT FROM sync.outbox')).toMatchObject({ rowCount: 0 });
    expect(await open.china.owner.query('SELECT FROM sync.outbox')).toMatchObject({ rowCount: 0 });
  });

  test('what is under way is no damage', async () => {
    const ids = await many();
    await setPrice(open.world, ids[4] ?? '', 5);
    await setPrice(open.china, ids[5] ?? '', 5);
    open.onWait = () => open.deliver();
    const run = await open.reconcile();
    expect(run.counts).toMatchObject({ differing: 2, pointed: 0, asked: 0, inFlight: 0 });
  });

  test('what a stalled side has not sent yet is no damage', async () => {
    const ids = await many();
    await setPrice(open.china, ids[5] ?? '', 5);
    await open.china.owner.query(`INSERT INTO sync.direction (peer, state, reason) VALUES ('world', 'stalled', 'test')`);
    const run = await open.reconcile();
    await open.china.owner.query('DELETE FROM sync.direction');
    expect(run.counts).toMatchObject({ differing: 1, asked: 0, inFlight: 1 });
  });

  test('what is parked or kept as a dead letter counts as held', async () => {
    await many(10);
    // Beside what is parked something is missing, so that both are looked at one by one.
    await insert(open.world, id('22'), 'TAKEN', 1);
    await loseAll(open.world);
    await insert(open.china, id('22'), 'TAKEN', 1);
    await open.deliver();
    await open.world.owner.query('ALTER TABLE catalog.product DROP CONSTRAINT product_price_minor_check');
    await insert(open.world, id('33'), 'NEGATIVE', -1);
    await open.deliver();
    expect((await open.world.owner.query('SELECT reason FROM sync.parked')).rows).toEqual([{ reason: 'unique_collision' }]);
    expect((await open.world.owner.query('SELECT reason FROM sync.dead_letter')).rows).toEqual([{ reason: 'constraint' }]);
    const run = await open.reconcile();
    expect(run.counts).toMatchObject({ refused: 1, pointed: 1, asked: 0, findings: 0 });
  });

  test('a dead letter that is resolved hides nothing, and holds again when the row is refused again', async () => {
    const refusing = (): Promise<unknown> => open.china.owner.query(`ALTER TABLE catalog.product ADD CONSTRAINT no_x CHECK (sku <> 'X')`);
    const mended = (): Promise<unknown> => open.china.owner.query('ALTER TABLE catalog.product DROP CONSTRAINT no_x');
    const openLetters = async (): Promise<unknown[]> =>
      (await open.world.owner.query('SELECT key, detail FROM sync.dead_letter WHERE resolved_at IS NULL')).rows;
    const sendAgain = async (): Promise<void> => {
      await open.world.owner.query('SELECT sync.repoint()');
      await open.deliver();
    };
    const key = id('11');
    const letter = { key, detail: 'no_x' };
    await refusing();
    await insert(open.world, key, 'X', 1);
    await open.deliver();
    expect(await openLetters()).toEqual([letter]);
    await mended();
    await sendAgain();
    expect(await openLetters()).toEqual([]);
    await open.china.owner.query(
      'SET session_replication_role = replica; DELETE FROM catalog.product; SET session_replication_role = origin',
    );
    expect((await open.reconcile()).counts).toMatchObject({ differing: 1, refused: 0, pointed: 1 });
    await open.deliver();
    await bothHoldTheSame();
    await open.china.owner.query(
      'SET session_replication_role = replica; DELETE FROM catalog.product; SET session_replication_role = origin',
    );
    await refusing();
    await sendAgain();
    expect(await openLetters()).toEqual([letter]);
    await mended();
  });

  test('of a row, a tombstone and a parked item of one key the greatest alone is digested', async () => {
    const [key = ''] = await many(5);
    const { owner } = open.world;
    const digest = async (): Promise<unknown> =>
      (await owner.query(`SELECT held, digest FROM sync.catalog_product_digests(NULL, '{}', NULL, 0, false, 100)`)).rows[0];
    const add = (table: string, more: string, values: string, versions: number): Promise<unknown> =>
      owner.query(
        `INSERT INTO sync.${table} (entity, key, version, origin, ${more}) SELECT 'catalog.product', id::text, version + ${versions}, origin, ${values}
         FROM catalog.product WHERE id = $1`,
        [key],
      );
    const parked = [`item, reason`, `'{}', 'missing_parent'`] as const;
    const before = await digest();
    expect(before).toMatchObject({ held: 5 });
    await add('parked', ...parked, -1);
    expect(await digest()).toEqual(before);
    await owner.query('DELETE FROM sync.parked');
    await add('parked', ...parked, 1);
    const waiting = await digest();
    expect(waiting).toMatchObject({ held: 5 });
    expect(waiting).not.toEqual(before);
    await add('tombstone', 'vector', 'vector', 0);
    expect(await digest()).toEqual(waiting);
  });

  test('a row that one side may have deleted and forgotten goes to an operator, unless that side is being filled', async () => {
    const ids = await many();
    await open.china.owner.query(
      `SET session_replication_role = replica; DELETE FROM catalog.product WHERE id = '${ids[6]}'; SET session_replication_role = origin`,
    );
    await open.china.owner.query('UPDATE sync.node SET collected_version = (SELECT max(version) FROM catalog.product)');
    const run = await open.reconcile();
    expect(run.counts).toMatchObject({ differing: 1, pointed: 0, asked: 0, findings: 1 });
    expect(await open.reconciler.findings(run.id)).toEqual([{ entity: 'catalog.product', key: ids[6], kind: 'collected_there' }]);
    await open.china.owner.query('UPDATE sync.node SET filling = true');
    expect((await open.reconcile()).counts).toMatchObject({ pointed: 1, findings: 0 });
    await open.deliver();
    await bothHoldTheSame();
  });

  test('tombstones that a side has collected are no difference', async () => {
    const ids = await many();
    await open.world.catalog.query('DELETE FROM catalog.product WHERE id = ANY ($1)', [ids.slice(0, 30)]);
    await open.deliver();
    await open.china.owner.query(
      'WITH gone AS (DELETE FROM sync.tombstone RETURNING version) UPDATE sync.node SET collected_version = (SELECT max(version) FROM gone)',
    );
    expect((await open.reconcile()).counts).toMatchObject({ differing: 0, pointed: 0, asked: 0, findings: 0 });
    // Nor where a neighbour makes the tombstones be looked at one by one.
    await lose(open.world, () => insert(open.world, id((ids[5] ?? '').slice(0, 8)), 'NEIGHBOUR', 1));
    expect((await open.reconcile()).counts).toMatchObject({ differing: 1, pointed: 1, asked: 0, findings: 0 });
  });

  test('a deep run finds one stamp with two contents', async () => {
    const ids = await many();
    await open.china.owner.query(
      `SET session_replication_role = replica; UPDATE catalog.product SET name = 'other' WHERE id = '${ids[8]}'; SET session_replication_role = origin`,
    );
    expect((await open.reconcile()).counts).toMatchObject({ differing: 0, findings: 0 });
    const run = await open.reconcile({ deep: true });
    expect(run.counts).toMatchObject({ differing: 1, pointed: 0, asked: 0, findings: 1 });
    expect(await open.reconciler.findings(run.id)).toEqual([{ entity: 'catalog.product', key: ids[8], kind: 'same_stamp' }]);
  });
});
