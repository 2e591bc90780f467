import { afterAll, beforeAll, expect, test } from 'vitest';

import { createPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';

import { applyGroups } from './ingest/apply.ts';
import { inTransaction } from './ingest/transaction.ts';
import { openBoth, takeItems, type TestRegion } from './testing/regions.ts';
import { declare } from './testing/tags.ts';

const publicly = { crosses: true, ground: 'public-catalogue' } as const;
const before: EntityPolicy = {
  entity: 'catalog.slip',
  key: 'id',
  columns: { title: publicly, words: publicly },
  parents: {},
  merge: { rule: 'parts', groups: { title: { columns: ['title'] }, words: { columns: ['words'] } } },
};
const after: EntityPolicy = {
  ...before,
  columns: { ...before.columns, colour: publicly, views: publicly },
  merge: {
    rule: 'parts',
    groups: { title: { columns: ['title'] }, words: { columns: ['words'] }, look: { columns: ['colour'] } },
    counters: ['views'],
  },
};
const TABLE = 'CREATE TABLE catalog.slip (id uuid PRIMARY KEY, title text, words text); GRANT ALL ON catalog.slip TO catalog';
const LEARN = 'ALTER TABLE catalog.slip ADD COLUMN colour text, ADD COLUMN views int8 NOT NULL DEFAULT 0';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ world, china, close } = await openBoth());
});
afterAll(async () => close?.());

const slips = async (region: TestRegion): Promise<unknown[]> => (await region.owner.query('SELECT * FROM catalog.slip ORDER BY id')).rows;
const take = async (region: TestRegion): Promise<string[]> => (await takeItems(region)).get('catalog.slip') ?? [];

async function give(to: TestRegion, policy: EntityPolicy, items: string[]): Promise<void> {
  const groups = [{ entity: 'catalog.slip', items }];
  await inTransaction(to.sync, async (client) => applyGroups({ client, policies: createPolicies([policy]) }, groups));
}

test('a group and a counter that one side does not know yet keep their stamps and counts through its joins', async () => {
  for (const region of [world, china]) await declare(region, TABLE, [before]);
  await declare(world, LEARN, [after]);
  // One row of which both sides join each other's edits, one of which the side that knows more takes the other's join as it is.
  await world.catalog.query(
    `INSERT INTO catalog.slip (id, title, words, colour, views) SELECT gen_random_uuid(), n::text, '', 'red', 5 FROM generate_series(1, 2) n`,
  );
  await give(china, before, await take(world));
  await world.catalog.query(`UPDATE catalog.slip SET title = title || ' of the world', colour = 'blue', views = views + 2`);
  await china.catalog.query(`UPDATE catalog.slip SET words = 'of China' WHERE title = '1'`);
  const crossing = await take(china);
  await china.catalog.query(`UPDATE catalog.slip SET words = 'of China' WHERE title = '2'`);
  await give(china, before, await take(world));
  await give(world, after, crossing);
  await give(world, after, await take(china));
  await declare(china, LEARN, [after]);
  expect(await slips(china)).toEqual(await slips(world));
  const row = {
    words: 'of China',
    colour: 'blue',
    views: '7',
    parts: { look: expect.any(Array), $counters: { views: expect.any(Object) } },
  };
  expect(await slips(world)).toMatchObject([row, row]);

  await world.catalog.query('UPDATE catalog.slip SET views = views + 1');
  await china.catalog.query('UPDATE catalog.slip SET views = views + 1');
  const counted = await take(china);
  await give(china, after, await take(world));
  await give(world, after, counted);
  expect(await slips(china)).toEqual(await slips(world));
  expect(await slips(world)).toMatchObject([{ views: '9' }, { views: '9' }]);
});
