/**
 * Goal: what a row held in columns that stay home comes back with the row, wherever apply brings it back over a deletion, and goes nowhere else.
 * Method: two regions in a real database; each path by which a row is deleted, and each by which it comes back, with a row of each merge rule.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openMerged } from './testing/merged.ts';
import { applyItems, ship, takeItems, type Answer, type TestRegion } from './testing/regions.ts';

const PRODUCT = 'catalog.product';
const TICKET = 'catalog.ticket';
const DELETE_PRODUCT = 'DELETE FROM catalog.product WHERE id = $1';
const EDIT_PRODUCT = 'UPDATE catalog.product SET price_minor = price_minor + 1 WHERE id = $1';
const DELETE_TICKET = 'DELETE FROM catalog.ticket WHERE id = $1';
const EDIT_TICKET = `UPDATE catalog.ticket SET body = coalesce(body, '') || 'x' WHERE id = $1`;

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;
let id: string;

beforeAll(async () => {
  ({ world, china, close } = await openMerged());
});
afterAll(async () => close?.());
beforeEach(async () => {
  id = randomUUID();
  for (const region of [world, china]) await region.owner.query('DELETE FROM sync.outbox');
});

/** Runs a statement in a later millisecond than the one before: of two writes of one millisecond the greater origin's is the later. */
async function run(region: TestRegion, statement: string): Promise<unknown> {
  await region.owner.query('DO $$ DECLARE now int8 := sync.tick(); BEGIN WHILE sync.tick() <= now LOOP END LOOP; END $$');
  return region.catalog.query(statement, [id]);
}
const items = async (region: TestRegion, entity: string): Promise<string[]> => (await takeItems(region)).get(entity) ?? [];
const costIn = async (region: TestRegion, column = 'cost_minor::int'): Promise<unknown[]> =>
  (await region.owner.query<{ held: unknown }>(`SELECT ${column} AS held FROM catalog.product WHERE id = $1`, [id])).rows.map(
    ({ held }) => held,
  );
const noteIn = async (region: TestRegion): Promise<unknown[]> =>
  (await region.owner.query<{ note: unknown }>('SELECT note FROM catalog.ticket WHERE id = $1', [id])).rows.map(({ note }) => note);
const kept = async (region: TestRegion): Promise<unknown[]> =>
  (await region.owner.query<{ home: unknown }>('SELECT home FROM sync.tombstone WHERE key = $1', [id])).rows.map(({ home }) => home);

/** A product on both sides, with a cost of each side's own: 7 in the world, 9 in China. */
async function product(): Promise<void> {
  await run(world, `INSERT INTO catalog.product (id, sku, name, price_minor, cost_minor) VALUES ($1::uuid, $1::text, 'n', 1, 7)`);
  await ship(world, china);
  await run(china, 'UPDATE catalog.product SET cost_minor = 9 WHERE id = $1');
}

/** The same of a ticket, with notes. */
async function ticket(): Promise<void> {
  await run(world, `INSERT INTO catalog.ticket (id, title, note) VALUES ($1, 't', 'of the world')`);
  await ship(world, china);
  await run(china, `UPDATE catalog.ticket SET note = 'of China' WHERE id = $1`);
}

/** Applies `incoming` in China while a local statement holds the row, and lets that commit once the apply waits for it. */
async function applyDuring(entity: string, incoming: readonly string[], localStatement: string): Promise<Answer[]> {
  const local = await china.catalog.connect();
  await local.query('BEGIN');
  await local.query(localStatement, [id]);
  const applying = applyItems(china, entity, incoming);
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  await expect.poll(async () => (await china.owner.query(waiting)).rowCount).toBe(1);
  await local.query('COMMIT');
  local.release();
  return applying;
}

/** The item with its write a second ahead: the later one, whatever the clocks said. */
function later(item: string): string {
  const version = /"\$v" : "(\d+)"/.exec(item)?.[1] ?? '';
  return item.replaceAll(version, String(BigInt(version) + (1000n << 16n)));
}

describe('a row that comes back has what it held at home', () => {
  test('a concurrent edit brings back what was deleted here', async () => {
    await product();
    await run(china, DELETE_PRODUCT);
    expect(await kept(china)).toEqual([{ cost_minor: 9 }]);
    await run(world, EDIT_PRODUCT);
    expect(await applyItems(china, PRODUCT, (await items(world, PRODUCT)).map(later))).toMatchObject([
      { outcome: 'conflict', reason: 'won' },
    ]);
    expect([await costIn(china), await kept(china)]).toEqual([[9], []]);
  });

  test('a write of who had seen the deletion brings back what the deletion took here', async () => {
    await product();
    await run(world, DELETE_PRODUCT);
    expect(await applyItems(china, PRODUCT, await items(world, PRODUCT))).toMatchObject([{ outcome: 'applied' }]);
    expect(await kept(china)).toEqual([{ cost_minor: 9 }]);
    await run(world, `INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1::uuid, $1::text, 'again', 2)`);
    expect(await applyItems(china, PRODUCT, await items(world, PRODUCT))).toMatchObject([{ outcome: 'applied' }]);
    // Who inserts says what it wants: in the world nothing comes back.
    expect([await costIn(china), await costIn(world), await kept(china), await kept(world)]).toEqual([[9], [null], [], []]);
  });

  test('a deletion that won over an edit here keeps it, and so does a second deletion', async () => {
    await product();
    await run(china, EDIT_PRODUCT);
    await run(world, DELETE_PRODUCT);
    const deletion = (await items(world, PRODUCT)).map(later);
    expect(await applyItems(china, PRODUCT, deletion)).toMatchObject([{ outcome: 'conflict', reason: 'won' }]);
    expect(await kept(china)).toEqual([{ cost_minor: 9 }]);
    const again = deletion.map((item) => later(item).replace('world#1', 'world#2'));
    expect(await applyItems(china, PRODUCT, again)).toMatchObject([{ outcome: 'conflict', reason: 'won' }]);
    const third = again.map(later);
    expect(await applyItems(china, PRODUCT, third)).toMatchObject([{ outcome: 'applied' }]);
    expect(await kept(china)).toEqual([{ cost_minor: 9 }]);
    // Written by who had seen all three.
    const { $d: _, ...stamp } = JSON.parse(later(third[0] ?? '{}'));
    const row = {
      ...stamp,
      sku: id,
      name: 'n',
      description: null,
      category_id: null,
      price_minor: 5,
      currency: 'GBP',
      priced_at: '2020-01-01Z',
      initial_state: 'published',
    };
    expect(await applyItems(china, PRODUCT, [JSON.stringify(row)])).toMatchObject([{ outcome: 'applied' }]);
    expect(await costIn(china)).toEqual([9]);
  });

  test.each([
    ['the edit is the later one', true, [9], []],
    ['the deletion is the later one', false, [], [{ cost_minor: 9 }]],
  ] as const)('an edit that waited for a deletion here: %s', async (_name, editWins, cost, home) => {
    await product();
    await run(world, EDIT_PRODUCT);
    const edit = await items(world, PRODUCT);
    await applyDuring(PRODUCT, editWins ? edit.map(later) : edit, DELETE_PRODUCT);
    expect([await costIn(china), await kept(china)]).toEqual([cost, home]);
  });

  test('a row that others need is written again as it is', async () => {
    await product();
    await run(world, DELETE_PRODUCT);
    const [deletion] = await items(world, PRODUCT);
    await china.sync.query('SELECT sync.catalog_product_revive($1)', [deletion]);
    expect(await costIn(china)).toEqual([9]);
    await ship(china, world);
    expect([await costIn(world), await kept(world)]).toEqual([[7], []]);
  });
});

describe('a row that is merged by parts', () => {
  test('has it after a deletion that came, and an edit that had not seen it', async () => {
    await ticket();
    await run(world, DELETE_TICKET);
    expect(await kept(world)).toEqual([{ note: 'of the world' }]);
    await run(china, EDIT_TICKET);
    await ship(world, china);
    const edited = await items(china, TICKET);
    await ship(china, world);
    await applyItems(world, TICKET, edited);
    expect([await noteIn(world), await noteIn(china)]).toEqual([['of the world'], ['of China']]);
  });

  test('has it after a deletion here was joined with another one', async () => {
    await ticket();
    for (const region of [world, china]) await run(region, DELETE_TICKET);
    await ship(world, china);
    expect(await kept(china)).toEqual([{ note: 'of China' }]);
    await run(world, `INSERT INTO catalog.ticket (id, title) VALUES ($1, 'again')`);
    await ship(china, world);
    await ship(world, china);
    expect([await noteIn(world), await noteIn(china)]).toEqual([[null], ['of China']]);
  });

  test('has it after the deletion of the other side was applied', async () => {
    await ticket();
    await run(world, DELETE_TICKET);
    await ship(world, china);
    expect(await kept(china)).toEqual([{ note: 'of China' }]);
    await run(world, `INSERT INTO catalog.ticket (id, title) VALUES ($1, 'again')`);
    await ship(world, china);
    expect([await noteIn(world), await noteIn(china), await kept(china)]).toEqual([[null], ['of China'], []]);
  });

  test('has it after an edit that waited for a deletion here: the deletion is the later one', async () => {
    await ticket();
    await run(world, EDIT_TICKET);
    const edit = await items(world, TICKET);
    await applyDuring(TICKET, edit, DELETE_TICKET);
    expect([await noteIn(china), await kept(china)]).toEqual([[], [{ note: 'of China' }]]);
    await run(world, EDIT_TICKET);
    await ship(world, china);
    expect([await noteIn(china), await kept(china)]).toEqual([['of China'], []]);
  });

  test('has it after an edit that waited for a deletion here: the edit is the later one', async () => {
    await ticket();
    await run(world, EDIT_TICKET);
    await applyDuring(TICKET, (await items(world, TICKET)).map(later), DELETE_TICKET);
    expect([await noteIn(china), await kept(china)]).toEqual([['of China'], []]);
  });

  test('of a home region has it too', async () => {
    await run(world, `INSERT INTO catalog.branch (id, home, name) VALUES ($1, 'world', 'first')`);
    await ship(world, china);
    await run(china, `UPDATE catalog.branch SET phone = '110' WHERE id = $1`);
    await run(world, 'DELETE FROM catalog.branch WHERE id = $1');
    await ship(world, china);
    await run(world, `INSERT INTO catalog.branch (id, home, name) VALUES ($1, 'world', 'again')`);
    await ship(world, china);
    const { rows } = await china.owner.query('SELECT name, phone FROM catalog.branch WHERE id = $1', [id]);
    expect(rows).toEqual([{ name: 'again', phone: '110' }]);
  });
});

describe('what is kept', () => {
  /** Runs with a changed table, and changes it back. */
  async function altered(change: string, back: string, work: () => Promise<void>): Promise<void> {
    const declare = `SELECT sync.make_synced(policy) FROM sync.entity WHERE name = 'catalog.product'`;
    await china.owner.query(`ALTER TABLE catalog.product ${change}; ${declare}`);
    try {
      await work();
    } finally {
      await china.owner.query(`ALTER TABLE catalog.product ${back}; ${declare}`);
    }
  }
  type Way = 'after the deletion' | 'against the deletion';
  const ways: readonly Way[] = ['after the deletion', 'against the deletion'];
  const deleteAndBringBack = async (way: Way, between = async (): Promise<unknown> => undefined): Promise<void> => {
    await run(world, DELETE_PRODUCT);
    await ship(world, china);
    await between();
    await run(world, `INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1::uuid, $1::text, 'again', 2)`);
    const row = await items(world, PRODUCT);
    // What had not seen the deletion is taken by itself, the other together with its batch.
    const unseen = row.map((item) => later(item).replace('world#1', 'world#2'));
    const [answer] = await applyItems(china, PRODUCT, way === 'after the deletion' ? row : unseen);
    expect(answer?.outcome).toBe(way === 'after the deletion' ? 'applied' : 'conflict');
  };

  test('is nothing where the columns are empty', async () => {
    await run(world, `INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1::uuid, $1::text, 'n', 1)`);
    await run(world, DELETE_PRODUCT);
    expect(await kept(world)).toEqual([null]);
  });

  test('is for a statement over many rows what each of them held', async () => {
    const many = `INSERT INTO catalog.product (id, sku, name, price_minor, cost_minor)
      SELECT gen_random_uuid(), 'many ' || n, 'many', n, nullif(n % 3, 0) FROM generate_series(1, 1200) n`;
    await world.catalog.query(many);
    const costs = (await world.owner.query(`SELECT id::text, cost_minor::int FROM catalog.product WHERE name = 'many' ORDER BY 1`)).rows;
    await ship(world, china);
    await china.owner.query(`UPDATE catalog.product SET cost_minor = price_minor WHERE name = 'many'`);
    await world.catalog.query(`DELETE FROM catalog.product WHERE name = 'many'`);
    const graves = `SELECT g.key AS id, (g.home -> 'cost_minor')::int AS cost_minor FROM sync.tombstone g WHERE g.key = ANY ($1) ORDER BY 1`;
    const keys = costs.map((row: { id: string }) => row.id);
    expect((await world.owner.query(graves, [keys])).rows).toEqual(costs);
    await ship(world, china);
    const inChina = (await china.owner.query<{ cost_minor: number }>(graves, [keys])).rows
      .map((row) => row.cost_minor)
      .sort((a, b) => a - b);
    expect(inChina).toEqual(Array.from({ length: 1200 }, (_, n) => n + 1));
  });

  test.each(ways)('fills a column that must not be empty, and has no default: %s', async (way) => {
    await product();
    const filled = `ADD shelf text NOT NULL DEFAULT 'A1'; ALTER TABLE catalog.product ALTER shelf DROP DEFAULT`;
    await altered(filled, 'DROP shelf', async () => {
      await deleteAndBringBack(way);
      expect(await costIn(china, `shelf || cost_minor`)).toEqual(['A19']);
    });
  });

  test.each(ways)('is passed over where the column has gone, and what is new has its default: %s', async (way) => {
    await product();
    await altered(`ADD shelf text DEFAULT 'A1'`, 'DROP shelf', async () => {
      await deleteAndBringBack(way, async () =>
        china.owner
          .query(`ALTER TABLE catalog.product DROP shelf, ADD bin int NOT NULL DEFAULT 5, ADD twice int GENERATED ALWAYS AS (2) STORED;
          SELECT sync.make_synced(policy) FROM sync.entity WHERE name = 'catalog.product'`),
      );
      expect(await costIn(china, `format('%s %s %s', cost_minor, bin, twice)`)).toEqual(['9 5 2']);
      await run(china, DELETE_PRODUCT);
      expect(await kept(china)).toEqual([{ cost_minor: 9, bin: 5 }]);
      await china.owner.query('ALTER TABLE catalog.product DROP bin, DROP twice, ADD shelf text');
    });
  });

  test.each(ways)('is given up by name where it does not fit any more, and keeps no row away: %s', async (way) => {
    await product();
    await altered(`ADD shelf text DEFAULT 'A1'`, 'DROP shelf', async () => {
      await deleteAndBringBack(way, async () =>
        china.owner.query(`ALTER TABLE catalog.product ADD CHECK (shelf <> 'A1') NOT VALID, ALTER shelf SET DEFAULT 'B2'`),
      );
      expect(await costIn(china, `shelf || cost_minor`)).toEqual(['B29']);
      const { rows } = await china.owner.query('SELECT reason, item FROM sync.dead_letter WHERE key = $1', [id]);
      expect(rows).toEqual([{ reason: 'unfit_column', item: null }]);
    });
  });

  test('goes nowhere: not to services, not to sync itself, nor into what is read, compared or recorded', async () => {
    await run(world, `INSERT INTO catalog.product (id, sku, name, price_minor, cost_minor) VALUES ($1::uuid, $1::text, 'n', 1, 918273645)`);
    await ship(world, china);
    await run(china, EDIT_PRODUCT);
    await run(world, DELETE_PRODUCT);
    expect(await kept(world)).toEqual([{ cost_minor: 918273645 }]);
    for (const role of [world.catalog, world.sync])
      await expect(role.query('SELECT home FROM sync.tombstone')).rejects.toThrow(/permission denied/);
    await expect(world.sync.query('SELECT sync.restore_home($1, $2, $3)', [PRODUCT, id, '{}'])).rejects.toThrow(/permission denied/);
    const read = await world.sync.query('SELECT * FROM sync.catalog_product_read($1)', [[id]]);
    const stamps = await world.sync.query('SELECT * FROM sync.catalog_product_stamps($1, NULL, NULL, true, 10)', [[id]]);
    await ship(china, world);
    const conflicts = await world.owner.query('SELECT winner, loser FROM sync.conflict WHERE key = $1', [id]);
    expect([read.rowCount, stamps.rowCount]).toEqual([1, 1]);
    expect(conflicts.rowCount).toBe(1);
    expect(JSON.stringify([read.rows, stamps.rows, conflicts.rows])).not.toContain('918273645');
  });
});
