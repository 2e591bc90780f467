import { afterEach, beforeEach, expect, test } from 'vitest';

import { createPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';

import { applyGroups } from './ingest/apply.ts';
import { reviveOverdue } from './ingest/parked.ts';
import { inTransaction } from './ingest/transaction.ts';
import type { ItemResult } from './protocol/answer.ts';
import type { BatchOptions } from './protocol/body.ts';
import { log, parked } from './testing/border.ts';
import { openBoth, takeItems, type TestRegion } from './testing/regions.ts';
import { declare } from './testing/tags.ts';

const LESSER = '00000000-0000-4000-8000-000000000001';
const GREATER = '00000000-0000-4000-8000-000000000002';
const publicly = { crosses: true, ground: 'public-catalogue' } as const;
const DEPOT = 'catalog.depot';
/** A depot is written by one region, and its code is unique. */
const depot: EntityPolicy = {
  entity: DEPOT,
  key: 'id',
  columns: { home: publicly, code: publicly },
  parents: {},
  merge: { rule: 'home-region', column: 'home' },
  uniques: [{ columns: ['code'], rename: 'code' }],
};
const bay: EntityPolicy = {
  entity: 'catalog.bay',
  key: 'id',
  columns: { depot_id: publicly },
  parents: { depot_id: DEPOT },
  merge: { rule: 'row' },
};
const policies = createPolicies([depot, bay]);
const TABLES = `
  CREATE TABLE catalog.depot (id uuid PRIMARY KEY, home text NOT NULL, code text UNIQUE DEFERRABLE INITIALLY IMMEDIATE);
  CREATE TABLE catalog.bay (id uuid PRIMARY KEY, depot_id uuid NOT NULL REFERENCES catalog.depot);
  GRANT ALL ON catalog.depot, catalog.bay TO catalog`;

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ world, china, close } = await openBoth());
  for (const region of [world, china]) await declare(region, TABLES, [depot, bay]);
});
afterEach(async () => close?.());

const found = (id: string, code: string): Promise<unknown> =>
  world.catalog.query(`INSERT INTO catalog.depot (id, home, code) VALUES ($1, 'world', $2)`, [id, code]);
const take = async (): Promise<string[]> => (await takeItems(world)).get(DEPOT) ?? [];
const give = (items: string[], options: BatchOptions = {}): Promise<ItemResult[]> =>
  inTransaction(china.sync, async (client) => (await applyGroups({ client, policies }, [{ entity: DEPOT, items }], options)).flat());
const depots = async (): Promise<unknown[]> =>
  (await china.owner.query(`SELECT id, code, parts -> 'home' -> 0 AS epoch FROM catalog.depot ORDER BY id`)).rows;

test('a collision with a row that only the other region writes waits for it, and stops nobody', async () => {
  await found(GREATER, 'S');
  await give(await take());
  await world.catalog.query('DELETE FROM catalog.depot');
  await take();
  await found(LESSER, 'S');
  const items = await take();
  await found('00000000-0000-4000-8000-000000000003', 'T');
  const answers = await give([...items, ...(await take())], { resolve: true });
  expect(answers).toMatchObject([
    { outcome: 'parked', reason: 'unique_collision', collision: { key: GREATER, loser: null } },
    { outcome: 'applied' },
  ]);
  expect(await parked(china)).toEqual([{ key: LESSER, reason: 'unique_collision' }]);
});

test('a row that others need comes back under the epoch of the deletion, where that is greater than its own', async () => {
  await found(LESSER, 'S');
  await give(await take());
  await china.catalog.query('INSERT INTO catalog.bay (id, depot_id) VALUES ($1, $1)', [LESSER]);
  await world.catalog.query('DELETE FROM catalog.depot');
  const [deletion = '{}'] = await take();
  // As if this region had been restored to before the row was handed over and back.
  const item: { $p: Record<string, [number, ...unknown[]]> } = JSON.parse(deletion);
  for (const part of Object.values(item.$p)) part[0] = 3;
  expect(await give([JSON.stringify(item)])).toEqual([{ outcome: 'parked', reason: 'still_needed' }]);
  expect(await reviveOverdue({ pool: china.sync, policies, log }, 0)).toBe(1);
  expect([await depots(), await parked(china)]).toEqual([[{ id: LESSER, code: 'S', epoch: 3 }], []]);
});
