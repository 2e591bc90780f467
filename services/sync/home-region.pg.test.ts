import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createHttpApp } from '#platform/http.ts';

import { log } from './testing/border.ts';
import { openMerged } from './testing/merged.ts';
import { applyItems, ship, takeItems, type TestRegion } from './testing/regions.ts';

const TICKET = 'catalog.ticket';
const BRANCH = 'catalog.branch';
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

const open = (region: TestRegion): Promise<unknown> =>
  region.catalog.query(`INSERT INTO catalog.ticket (id, title, state) VALUES ($1, 'first', 'done')`, [id]);
const items = async (region: TestRegion, entity: string): Promise<string[]> => (await takeItems(region)).get(entity) ?? [];
const applied = [{ ordinal: 1, outcome: 'applied', reason: null }];

describe('what is refused', () => {
  test('is answered as a problem that says what is wrong, and nothing of the row', async () => {
    await open(world);
    const app = createHttpApp({ name: 'test', routes: 'undeclared', log, readiness: { draining: false, checks: {} } });
    app.get('/falls', async () => world.catalog.query(`UPDATE catalog.ticket SET state = 'open' WHERE id = $1`, [id]));
    app.get('/foreign', async () => world.catalog.query(`INSERT INTO catalog.branch (id, home) VALUES ($1, 'china')`, [id]));
    try {
      for (const [url, code] of [
        ['/falls', 'state_falls'],
        ['/foreign', 'foreign_home_region'],
      ] as const) {
        const answer = await app.inject(url);
        expect(answer.headers['content-type']).toMatch('application/problem+json');
        expect(answer.json()).toMatchObject({ status: 409, code, type: `urn:madeinworld:problem:${code}` });
        expect(answer.json()).not.toHaveProperty('detail');
      }
    } finally {
      await app.close();
    }
  });

  test('no service reads what tombstones of others hold', async () => {
    await open(world);
    await world.catalog.query('DELETE FROM catalog.ticket WHERE id = $1', [id]);
    await expect(world.catalog.query('SELECT held FROM sync.tombstone')).rejects.toThrow(/permission denied/);
    await expect(world.catalog.query('SELECT sync.catalog_ticket_put($1, true)', ['{}'])).rejects.toThrow(/permission denied/);
    await expect(world.sync.query('SELECT sync.catalog_ticket_put($1, true)', ['{}'])).rejects.toThrow(/permission denied/);
  });

  test('an item without its parts is no item', async () => {
    await open(world);
    const [item = '{}'] = await items(world, TICKET);
    const bare = JSON.stringify({ ...JSON.parse(item), $p: undefined });
    await expect(applyItems(china, TICKET, [bare])).rejects.toMatchObject({ code: '22023' });
  });
});

describe('home region', () => {
  const found = (region: TestRegion, home: string): Promise<unknown> =>
    region.catalog.query(`INSERT INTO catalog.branch (id, home, name) VALUES ($1, $2, 'first')`, [id, home]);
  const edit = (region: TestRegion, set: string): Promise<unknown> =>
    region.catalog.query(`UPDATE catalog.branch SET ${set} WHERE id = $1`, [id]);
  const refused = (writing: Promise<unknown>): Promise<void> => expect(writing).rejects.toMatchObject({ code: 'SY002' });

  test('only the home region inserts, changes and deletes', async () => {
    await refused(found(world, 'china'));
    await found(world, 'world');
    await ship(world, china);
    await refused(edit(china, `name = 'other'`));
    await refused(china.catalog.query('DELETE FROM catalog.branch'));
    await edit(china, `phone = 'stays home'`);
    await edit(world, `name = 'second'`);
    expect((await ship(world, china)).get(BRANCH)).toEqual(applied);
  });

  test('the home region hands a row over; what it sent before and comes late changes nothing', async () => {
    await found(world, 'world');
    const late = await items(world, BRANCH);
    await edit(world, `home = 'china'`);
    await refused(edit(world, `name = 'mine still'`));
    await ship(world, china);
    await edit(china, `name = 'handed over'`);
    await ship(china, world);
    await applyItems(china, BRANCH, late);
    for (const region of [world, china]) {
      const { rows } = await region.owner.query(`SELECT home, name, parts -> 'home' -> 0 AS epoch FROM catalog.branch WHERE id = $1`, [id]);
      expect(rows).toEqual([{ home: 'china', name: 'handed over', epoch: 2 }]);
    }
  });

  test('the greater epoch wins over the later write of a region that was restored to before it', async () => {
    await found(world, 'world');
    await ship(world, china);
    const before = await world.sync.query<{ item: string }>('SELECT item FROM sync.catalog_branch_read($1)', [[id]]);
    await edit(world, `home = 'china'`);
    await ship(world, china);
    await edit(china, `name = 'of the new home'`);
    // The world is restored to before it handed the branch over, and writes on.
    const older = before.rows[0]?.item ?? '';
    const stamp = /"\$v" : "(\d+)"/.exec(older)?.[1] ?? '';
    const version = (BigInt(Date.now()) + 1000n) << 16n;
    const restored = older.replaceAll(stamp, String(version)).replaceAll('world#1', 'world#2').replace('first', 'of the old home');
    expect(await applyItems(china, BRANCH, [restored])).toEqual([{ ordinal: 1, outcome: 'conflict', reason: 'lost' }]);
    const { rows } = await china.owner.query(`SELECT home, name FROM catalog.branch WHERE id = $1`, [id]);
    expect(rows).toEqual([{ home: 'china', name: 'of the new home' }]);
  });

  test('a key that the other region deleted is not free to take', async () => {
    await found(world, 'world');
    await world.catalog.query('DELETE FROM catalog.branch WHERE id = $1', [id]);
    await ship(world, china);
    await refused(found(china, 'china'));
    await found(world, 'world');
    expect((await ship(world, china)).get(BRANCH)).toEqual(applied);
  });
});
