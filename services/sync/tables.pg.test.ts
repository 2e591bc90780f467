/** Tables of every kind: what differs crosses, what one row runs into stops no other, and what cannot be kept in step is refused by name. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';
import { codeOf } from '#platform/errors.ts';

import { applyGroups } from './ingest/apply.ts';
import { inTransaction } from './ingest/transaction.ts';
import type { ItemResult } from './protocol/answer.ts';
import { log } from './testing/border.ts';
import { openBoth, takeItems, type TestRegion } from './testing/regions.ts';
import { declare } from './testing/tags.ts';
import { retryParked } from './ingest/parked.ts';

const A = '00000000-0000-4000-8000-000000000001';
const B = '00000000-0000-4000-8000-000000000002';
const C = '00000000-0000-4000-8000-000000000003';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ world, china, close } = await openBoth());
});
afterEach(async () => close?.());

const boxOf = (columns: readonly string[], more: Partial<EntityPolicy> = {}): EntityPolicy => ({
  entity: 'catalog.box',
  key: 'id',
  columns: Object.fromEntries(columns.map((column) => [column, { crosses: true, ground: 'public-catalogue' } as const])),
  parents: {},
  merge: { rule: 'row' },
  ...more,
});

async function make(ddl: string, policy: EntityPolicy): Promise<void> {
  for (const region of [world, china]) await declare(region, `${ddl}; GRANT ALL ON catalog.box TO catalog`, [policy]);
}

/** Runs `sql` in China as the superuser. */
const inChina = (sql: string): Promise<unknown> => china.owner.query(sql);

/** Brings what changed in the world to China, as an ingest does; answers what became of each item. */
async function ship(policy: EntityPolicy): Promise<string[]> {
  const groups = [...(await takeItems(world))].map(([entity, items]) => ({ entity, items }));
  const answers: ItemResult[][] = await inTransaction(china.sync, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '5s'`);
    return applyGroups({ client, policies: createPolicies([policy]) }, groups);
  });
  return answers
    .flat()
    .map(({ outcome, reason, detail }) => [outcome, reason, detail].filter((part) => part !== null && part !== undefined).join(' '));
}

const rowsOf = async (region: TestRegion): Promise<unknown[]> =>
  (
    await region.owner.query(`SELECT to_jsonb(whole) - '{vector,origin,version,parts}'::text[] AS box FROM catalog.box whole ORDER BY id`)
  ).rows.map(({ box }) => box);

async function expectEqual(): Promise<void> {
  expect(await rowsOf(china)).toEqual(await rowsOf(world));
}

describe('a value that "=" calls the same', () => {
  test.each([
    ['interval', 'interval', `'30 days'`, `'1 month'`],
    ['numeric', 'numeric', `'1.0'`, `'1.00'`],
    ['float8', 'float8', `'0'`, `'-0'`],
    ['jsonb', 'jsonb', `'{"n":1.0}'`, `'{"n":1.00}'`],
    ['json', 'json', `'{"a":1}'`, `'{"a":2}'`],
    ['text that ignores case', 'text COLLATE catalog.ci', `'Apple'`, `'APPLE'`],
  ])('%s crosses', async (_name, type, before, after) => {
    for (const merge of [{ rule: 'row' }, { rule: 'parts', groups: { all: { columns: ['a', 'b'] } }, counters: [] }] as const) {
      const box = boxOf(['a', 'b'], { merge });
      await make(
        `DROP TABLE IF EXISTS catalog.box; CREATE COLLATION IF NOT EXISTS catalog.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE catalog.box (id uuid PRIMARY KEY, a ${type}, b int)`,
        box,
      );
      await world.catalog.query(`INSERT INTO catalog.box VALUES ($1, ${before}, 1)`, [A]);
      expect(await ship(box)).toEqual(['applied']);
      await world.catalog.query(`UPDATE catalog.box SET a = ${after}`);
      expect(await ship(box)).toEqual(['applied']);
      const texts = await Promise.all(
        [world, china].map(async (region) => (await region.owner.query('SELECT a::text FROM catalog.box')).rows),
      );
      expect(texts[1]).toEqual(texts[0]);
      // What is written as it is, is no change.
      await world.catalog.query(`UPDATE catalog.box SET a = ${after}`);
      expect(await ship(box)).toEqual([]);
      for (const region of [world, china]) await region.owner.query(`DELETE FROM sync.entity WHERE name = 'catalog.box'`);
    }
  });
});

describe('types', () => {
  test('of an extension, and enums, are found wherever they are', async () => {
    for (const region of [world, china])
      await region.owner.query(`CREATE EXTENSION citext SCHEMA public; CREATE TYPE public.mood AS ENUM ('sad', 'glad')`);
    const box = boxOf(['a', 'b']);
    await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a public.citext, b public.mood)', box);
    await world.catalog.query(`INSERT INTO catalog.box VALUES ($1, 'Apple', 'sad')`, [A]);
    expect(await ship(box)).toEqual(['applied']);
    await world.catalog.query(`UPDATE catalog.box SET a = 'APPLE'`);
    expect(await ship(box)).toEqual(['applied']);
    await expectEqual();
  });

  test('domains that refuse NULL do not refuse deletions, nor the search for who holds a value', async () => {
    const box = boxOf(['a']);
    await make(
      `CREATE DOMAIN catalog.said AS text NOT NULL;
       CREATE TABLE catalog.box (id uuid PRIMARY KEY, a catalog.said UNIQUE, home catalog.said DEFAULT 'x')`,
      box,
    );
    await world.catalog.query(`INSERT INTO catalog.box (id, a) VALUES ($1, 'x'), ($2, 'y')`, [A, C]);
    await china.catalog.query(`INSERT INTO catalog.box (id, a) VALUES ($1, 'x')`, [B]);
    expect((await ship(box)).toSorted()).toEqual(['applied', 'parked unique_collision']);
    await world.catalog.query('DELETE FROM catalog.box WHERE id = $1', [C]);
    expect(await ship(box)).toEqual(['applied']);
    expect(await rowsOf(china)).toEqual([{ id: B, a: 'x', home: 'x' }]);
  });

  test('a json value that looks like a deletion is none', async () => {
    const box = boxOf(['a', 'j']);
    await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a text UNIQUE, j jsonb)', box);
    await china.catalog.query(`INSERT INTO catalog.box VALUES ($1, 'x')`, [B]);
    await world.catalog.query(`INSERT INTO catalog.box VALUES ($1, 'x', '{"$d": true}'), ($2, 'y', '{"$d": true}')`, [A, C]);
    expect((await ship(box)).toSorted()).toEqual(['applied', 'parked unique_collision']);
  });

  test('a column may have any name', async () => {
    const box = boxOf(['r', 't', 'n', 'i', 'item']);
    await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, r int UNIQUE, t int, n int, i int, item int DEFAULT 5)', box);
    await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 1, 2, 3, 4)', [A]);
    expect(await ship(box)).toEqual(['applied']);
    await expectEqual();
    await china.catalog.query('INSERT INTO catalog.box VALUES ($1, 7)', [B]);
    await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 7)', [C]);
    expect(await ship(box)).toEqual(['parked unique_collision']);
  });
});

describe('constraints', () => {
  test('of EXCLUDE, partial and NULLS NOT DISTINCT let the row wait that they refuse, and name who is in the way', async () => {
    const box = boxOf(['a', 'span', 'gone']);
    await make(
      `CREATE TABLE catalog.box (id uuid PRIMARY KEY, a text, span int4range, gone boolean NOT NULL DEFAULT false, EXCLUDE USING gist (span WITH &&));
       CREATE UNIQUE INDEX box_a_key ON catalog.box (a) NULLS NOT DISTINCT WHERE NOT gone`,
      box,
    );
    await china.catalog.query(`INSERT INTO catalog.box VALUES ($1, 'x', '[1,5)')`, [A]);
    await world.catalog.query(`INSERT INTO catalog.box VALUES ($1, 'y', '[2,6)')`, [B]);
    expect(await ship(box)).toEqual(['parked unique_collision']);
    await china.catalog.query(`UPDATE catalog.box SET a = NULL, span = NULL`);
    await world.catalog.query(`INSERT INTO catalog.box VALUES ($1, NULL)`, [C]);
    expect(await ship(box)).toEqual(['parked unique_collision']);
    expect((await china.owner.query('SELECT waits_for_key FROM sync.parked WHERE key = $1', [C])).rows).toEqual([{ waits_for_key: A }]);
  });

  test('that were made DEFERRED since refuse one row, not its batch', async () => {
    const box = boxOf(['a']);
    await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int)', box);
    await inChina(`CREATE TABLE catalog.known (a int PRIMARY KEY); INSERT INTO catalog.known VALUES (1);
      ALTER TABLE catalog.box ADD FOREIGN KEY (a) REFERENCES catalog.known DEFERRABLE INITIALLY DEFERRED`);
    await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 1), ($2, 2)', [A, B]);
    expect((await ship(box)).toSorted()).toEqual(['applied', 'parked missing_parent']);
  });
});

describe('triggers', () => {
  const trigger = (when: string, body: string): string =>
    `CREATE FUNCTION catalog.own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
     CREATE TRIGGER own ${when} ON catalog.box FOR EACH ROW EXECUTE FUNCTION catalog.own()`;
  const box = boxOf(['a']);
  beforeEach(() => make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int)', box));

  test.each([
    ['a code that says nothing of data', `RAISE EXCEPTION 'no' USING ERRCODE = 'insufficient_privilege'`, 'SQLSTATE 42501'],
    ['a table that is not found', 'INSERT INTO nowhere VALUES (NEW.a)', 'SQLSTATE 42P01'],
    ['a state that is not right', `RAISE EXCEPTION 'no' USING ERRCODE = 'object_not_in_prerequisite_state'`, 'SQLSTATE 55000'],
  ])('that fail with %s let the row wait, and no other', async (_name, raise) => {
    await inChina(trigger('BEFORE INSERT', `IF NEW.a = 13 THEN ${raise}; END IF; RETURN NEW;`));
    await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 13), ($2, 1)', [A, B]);
    expect((await ship(box)).toSorted()).toEqual(['applied', 'parked apply_failed']);
    await inChina('DROP TRIGGER own ON catalog.box');
    expect(await retryParked({ pool: china.sync, policies: createPolicies([box]), log })).toBe(1);
    await expectEqual();
  });

  test('that refuse a row by a value of its own tell nobody that value', async () => {
    await inChina(trigger('BEFORE INSERT', `RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation', CONSTRAINT = 'ada@example.org';`));
    await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 1)', [A]);
    expect(await ship(box)).toEqual(['rejected constraint SQLSTATE 23514']);
  });

  test.each([
    ['an insert', 'BEFORE INSERT', 'INSERT INTO catalog.box VALUES ($1, 13)', 13],
    ['an update', 'BEFORE UPDATE', 'UPDATE catalog.box SET a = 14 WHERE id = $1', 1],
    ['a deletion', 'BEFORE DELETE', 'DELETE FROM catalog.box WHERE id = $1', 1],
  ])('that pass %s over are not called applied', async (_name, when, statement, before) => {
    for (const merge of [{ rule: 'row' }, { rule: 'parts', groups: { all: { columns: ['a'] } }, counters: [] }] as const) {
      const merged = boxOf(['a'], { merge });
      for (const region of [world, china])
        await region.owner.query(`DELETE FROM sync.entity WHERE name = 'catalog.box'; DELETE FROM sync.tombstone`);
      await make('DROP TABLE catalog.box; CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int)', merged);
      if (before === 1) {
        await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 1)', [A]);
        expect(await ship(merged)).toEqual(['applied']);
      }
      await inChina(`DROP FUNCTION IF EXISTS catalog.own CASCADE; ${trigger(when, 'RETURN NULL;')}`);
      await world.catalog.query(statement, [A]);
      expect(await ship(merged)).toEqual(['rejected constraint SQLSTATE P0001']);
    }
  });
});

test('a row that somebody has locked waits by itself', async () => {
  const box = boxOf(['a']);
  await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int)', box);
  await world.catalog.query('INSERT INTO catalog.box SELECT gen_random_uuid(), n FROM generate_series(1, 30) n');
  await ship(box);
  const holder = await china.owner.connect();
  await holder.query('BEGIN; SELECT FROM catalog.box WHERE a = 7 FOR UPDATE');
  await world.catalog.query('UPDATE catalog.box SET a = a + 100');
  const answers = await ship(box);
  expect([answers.length, answers.filter((answer) => answer === 'parked busy').length, new Set(answers).size]).toEqual([30, 1, 2]);
  await holder.query('COMMIT');
  holder.release();
  expect(await retryParked({ pool: china.sync, policies: createPolicies([box]), log })).toBe(1);
  await expectEqual();
});

test('a table that somebody has locked is waited for as a whole', async () => {
  const box = boxOf(['a']);
  await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int)', box);
  await world.catalog.query('INSERT INTO catalog.box SELECT gen_random_uuid(), n FROM generate_series(1, 100) n');
  const holder = await china.owner.connect();
  await holder.query('BEGIN; LOCK TABLE catalog.box IN ACCESS EXCLUSIVE MODE');
  expect(codeOf(await ship(box).catch((error: unknown) => error))).toBe('55P03');
  await holder.query('COMMIT');
  holder.release();
  expect((await china.owner.query('SELECT FROM sync.parked')).rowCount).toBe(0);
});

test('a batch that takes too long is to be sent in smaller ones', async () => {
  const box = boxOf(['a']);
  await make('CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int)', box);
  await inChina(`CREATE FUNCTION catalog.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(6); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT ON catalog.box FOR EACH ROW EXECUTE FUNCTION catalog.slow()`);
  await world.catalog.query('INSERT INTO catalog.box VALUES ($1, 1), ($2, 2)', [A, B]);
  expect(codeOf(await ship(box).catch((error: unknown) => error))).toBe('batch_too_slow');
});

describe('is refused by name', () => {
  test.each([
    [
      'an identity that is always generated',
      'CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int GENERATED ALWAYS AS IDENTITY)',
      /box\.a is generated ALWAYS/,
    ],
    [
      'a generated column',
      'CREATE TABLE catalog.box (id uuid PRIMARY KEY, b int, a int GENERATED ALWAYS AS (b * 2) STORED)',
      /box\.a is generated ALWAYS/,
    ],
    [
      'a reference that follows its parent',
      `CREATE TABLE catalog.shelf (id uuid PRIMARY KEY, code int UNIQUE); CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int REFERENCES catalog.shelf (code) ON UPDATE CASCADE)`,
      /box_a_fkey/,
    ],
    [
      'a trigger that comes after the stamp',
      `CREATE TABLE catalog.box (id uuid PRIMARY KEY, a int); CREATE TRIGGER zzz BEFORE UPDATE ON catalog.box FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      /trigger zzz of catalog\.box/,
    ],
  ])('%s', async (_name, ddl, reason) => {
    const shelf: EntityPolicy = { ...boxOf(['code']), entity: 'catalog.shelf' };
    const policies = ddl.includes('shelf') ? [shelf, boxOf(['a'])] : [boxOf(['a'])];
    await expect(declare(world, ddl, policies)).rejects.toThrow(reason);
  });
});
