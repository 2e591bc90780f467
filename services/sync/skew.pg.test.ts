import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';

import { applyGroups } from './ingest/apply.ts';
import { retryParked } from './ingest/parked.ts';
import { inTransaction } from './ingest/transaction.ts';
import type { ItemResult } from './protocol/answer.ts';
import { log, never, parked, senderOf } from './testing/border.ts';
import { fakePeer } from './testing/fake-peer.ts';
import { count } from './testing/products.ts';
import { openBoth, type TestRegion } from './testing/regions.ts';
import { declare, takePointers } from './testing/tags.ts';
import { deliver } from './worker/deliver.ts';

const A = '00000000-0000-4000-8000-000000000001';
const B = '00000000-0000-4000-8000-000000000002';
const publicly = { crosses: true, ground: 'public-catalogue' } as const;
const before: EntityPolicy = {
  entity: 'catalog.note',
  key: 'id',
  columns: { text: publicly },
  parents: {},
  merge: { rule: 'row' },
};
const after: EntityPolicy = { ...before, columns: { ...before.columns, colour: publicly, weight: publicly } };
const TABLE = 'CREATE TABLE catalog.note (id uuid PRIMARY KEY, text text NOT NULL); GRANT ALL ON catalog.note TO catalog';
const LEARN = 'ALTER TABLE catalog.note ADD COLUMN colour text, ADD COLUMN weight numeric NOT NULL DEFAULT 1.50';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

/** World runs the old version, China the new one. */
beforeEach(async () => {
  ({ world, china, close } = await openBoth());
  for (const region of [world, china]) await declare(region, TABLE, [before]);
  await declare(china, LEARN, [after]);
});
afterEach(async () => close?.());

const policyIn = (region: TestRegion, upgraded: boolean): EntityPolicy => (region === china || upgraded ? after : before);

/** Delivers what `from` has to say, as worker and ingest of their versions do. */
async function cross(from: TestRegion, to: TestRegion, upgraded = false): Promise<ItemResult[]> {
  const answers: ItemResult[] = [];
  const peer = fakePeer(async (groups) => {
    const policies = createPolicies([policyIn(to, upgraded)]);
    answers.push(...(await inTransaction(to.sync, async (client) => applyGroups({ client, policies }, groups))).flat());
    return answers;
  });
  const deps = { ...senderOf(from, peer), policies: createPolicies([policyIn(from, upgraded)]) };
  const { failure } = await deliver(deps, await takePointers(from), never);
  if (failure !== undefined) throw new Error('a delivery failed', { cause: failure });
  return answers;
}

const notes = async (region: TestRegion): Promise<unknown[]> => (await region.owner.query('SELECT * FROM catalog.note ORDER BY id')).rows;
const unknown = async (region: TestRegion): Promise<unknown[]> =>
  (await region.owner.query('SELECT key, name, value FROM sync.unknown_column WHERE value IS NOT NULL ORDER BY key, name')).rows;
const write = (region: TestRegion, set: string): Promise<unknown> => region.catalog.query(`UPDATE catalog.note SET ${set}`);

const itemOf = async (region: TestRegion, key: string): Promise<string> =>
  (await region.sync.query<{ item: string }>('SELECT item FROM sync.catalog_note_read($1)', [[key]])).rows[0]?.item ?? '';

/** Something that China sent comes to the world late. */
async function late(item: string): Promise<void> {
  await inTransaction(world.sync, async (client) =>
    applyGroups({ client, policies: createPolicies([before]) }, [{ entity: 'catalog.note', items: [item] }]),
  );
}

describe('a column that one side does not know yet', () => {
  test('is kept beside the row, and moves in when the column comes: equal rows, equal stamps, nothing to send', async () => {
    await china.catalog.query(`INSERT INTO catalog.note (id, text, colour, weight) VALUES ($1, 'a', 'red', 1234567890.10)`, [A]);
    expect(await cross(china, world)).toEqual([{ outcome: 'applied', reason: null }]);
    expect(await unknown(world)).toEqual([
      { key: A, name: 'colour', value: 'red' },
      { key: A, name: 'weight', value: 1234567890.1 },
    ]);
    await write(world, `text = 'b'`);
    await cross(world, china);
    expect(await notes(china)).toMatchObject([{ text: 'b', colour: 'red', weight: '1234567890.10' }]);
    await declare(world, LEARN, [after]);
    expect(await notes(world)).toEqual(await notes(china));
    expect([await count(world, 'outbox'), await unknown(world), await count(world, 'dead_letter')]).toEqual([0, [], 0]);
  });

  test('keeps the value that is held where an item does not carry it, and its default in a new row', async () => {
    await world.catalog.query(`INSERT INTO catalog.note (id, text) VALUES ($1, 'a')`, [A]);
    await cross(world, china);
    expect(await notes(china)).toMatchObject([{ text: 'a', colour: null, weight: '1.50' }]);
    await write(china, `colour = 'blue', weight = 7.25`);
    await write(world, `text = 'b'`);
    expect(await cross(world, china)).toEqual([{ outcome: 'conflict', reason: 'won' }]);
    expect(await notes(china)).toMatchObject([{ text: 'b', colour: 'blue', weight: '7.25' }]);
  });

  test('goes by the stamp of what carried it, though the row itself was lost or is stale', async () => {
    await world.catalog.query(`INSERT INTO catalog.note (id, text) VALUES ($1, 'a')`, [A]);
    await cross(world, china);
    await write(china, `colour = 'green'`);
    const early = await itemOf(china, A);
    await write(china, `colour = 'red'`);
    await write(world, `text = 'later'`);
    expect(await cross(china, world)).toEqual([{ outcome: 'conflict', reason: 'lost' }]);
    await late(early);
    expect(await unknown(world)).toMatchObject([{ name: 'colour', value: 'red' }, { name: 'weight' }]);
    await cross(world, china);
    await declare(world, LEARN, [after]);
    expect(await notes(world)).toEqual(await notes(china));
    expect(await notes(world)).toMatchObject([{ text: 'later', colour: 'red' }]);
  });

  test('is forgotten with the row: who is written anew has the default', async () => {
    await china.catalog.query(`INSERT INTO catalog.note (id, text, colour) VALUES ($1, 'a', 'red')`, [A]);
    const early = await itemOf(china, A);
    await cross(china, world);
    await world.catalog.query('DELETE FROM catalog.note');
    await cross(world, china);
    await world.catalog.query(`INSERT INTO catalog.note (id, text) VALUES ($1, 'new')`, [A]);
    expect(await unknown(world)).toEqual([]);
    await cross(world, china);
    await late(early);
    await cross(world, china);
    await declare(world, LEARN, [after]);
    expect(await notes(china)).toMatchObject([{ text: 'new', colour: null, weight: '1.50' }]);
    expect(await notes(world)).toEqual(await notes(china));
  });

  test('a value that does not fit the column is given up by name; the others move in', async () => {
    for (const [id, colour] of [
      [A, 'red'],
      [B, 'a very long colour'],
    ])
      await china.catalog.query(`INSERT INTO catalog.note (id, text, colour) VALUES ($1, 'a', $2)`, [id, colour]);
    await cross(china, world);
    await declare(world, LEARN.replace('colour text', 'colour varchar(5)'), [after]);
    expect(await notes(world)).toMatchObject([{ colour: 'red' }, { colour: null }]);
    expect((await world.owner.query('SELECT key, reason FROM sync.dead_letter')).rows).toEqual([{ key: B, reason: 'unfit_column' }]);
  });

  test('that must not be empty and is not known to the sender makes the row wait, not its neighbours', async () => {
    await declare(china, 'ALTER TABLE catalog.note ALTER weight DROP DEFAULT', []);
    await world.catalog.query(`INSERT INTO catalog.note (id, text) VALUES ($1, 'a')`, [A]);
    expect(await cross(world, china)).toEqual([{ outcome: 'parked', reason: 'column_missing' }]);
    await declare(world, LEARN, [after]);
    await write(world, 'weight = 2');
    expect(await cross(world, china, true)).toEqual([{ outcome: 'applied', reason: null }]);
    expect(await parked(china)).toEqual([]);
  });

  test('what was parked without it takes what is held when it is applied, not when it came', async () => {
    await china.catalog.query(`INSERT INTO catalog.note (id, text, colour) VALUES ($1, 'a', 'red')`, [A]);
    await cross(china, world);
    await write(world, `text = 'b'`);
    await china.owner.query(`INSERT INTO sync.parked (entity, key, version, origin, item, reason)
      SELECT 'catalog.note', '${A}', 1, 'world#1', i, 'redriven' FROM (SELECT sync.fit_items('catalog.note', json_build_array(r.item::json)) -> 0 AS i
        FROM (SELECT item FROM (VALUES ('{"$k": "${A}", "$v": "9000000000000000000", "$o": "world#1", "$w": {}, "text": "b"}')) v(item)) r) f`);
    expect((await china.owner.query(`SELECT item ->> 'colour' AS colour, item -> '$m' AS taken FROM sync.parked`)).rows).toEqual([
      { colour: 'red', taken: ['colour', 'weight'] },
    ]);
    await write(china, `colour = 'green'`);
    const { rows } = await china.owner.query<{ colour: string }>(
      `SELECT sync.fit_items(entity, json_build_array(item)) -> 0 ->> 'colour' AS colour FROM sync.parked`,
    );
    expect(rows).toEqual([{ colour: 'green' }]);
  });
});

test('a table that is not known here is applied when it is', async () => {
  await declare(world, 'CREATE TABLE catalog.memo (id uuid PRIMARY KEY, text text); GRANT ALL ON catalog.memo TO catalog', []);
  const memo: EntityPolicy = { ...before, entity: 'catalog.memo' };
  await declare(world, 'SELECT 1', [memo]);
  await world.catalog.query(`INSERT INTO catalog.memo (id, text) VALUES ($1, 'm')`, [A]);
  await takePointers(world);
  const { rows } = await world.sync.query<{ item: string }>('SELECT item FROM sync.catalog_memo_read($1)', [[A]]);
  const groups = [{ entity: 'catalog.memo', items: rows.map(({ item }) => item) }];
  const old = createPolicies([after]);
  const answers = await inTransaction(china.sync, async (client) => applyGroups({ client, policies: old }, groups));
  expect(answers).toEqual([[{ outcome: 'parked', reason: 'unknown_entity' }]]);
  await declare(china, 'CREATE TABLE catalog.memo (id uuid PRIMARY KEY, text text)', [memo]);
  expect(await retryParked({ pool: china.sync, policies: createPolicies([after, memo]), log })).toBe(1);
  expect((await china.owner.query('SELECT text FROM catalog.memo')).rows).toEqual([{ text: 'm' }]);
});
