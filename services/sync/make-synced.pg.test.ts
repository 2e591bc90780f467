import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openRegion, type TestRegion } from './testing/regions.ts';

let world: TestRegion;

beforeAll(async () => {
  world = await openRegion('world');
});
afterAll(async () => world?.close());

const declare = (policy: Record<string, unknown>): Promise<unknown> =>
  world.owner.query('SELECT sync.make_synced($1)', [
    JSON.stringify({ key: 'id', crossing: ['name'], parents: {}, merge: { rule: 'row' }, ...policy }),
  ]);

describe('making a table synced', () => {
  test.each([
    ['uuid', true],
    ['text COLLATE "C"', true],
    ['text', false],
    ['varchar(20) COLLATE "C"', false],
    ['int8', false],
  ])('a key of type %s: %s', async (type, accepted) => {
    const table = `catalog.keyed_${type.replaceAll(/\W/g, '_').toLowerCase()}`;
    await world.owner.query(`CREATE TABLE ${table} (id ${type} PRIMARY KEY, name text)`);
    const declaring = declare({ entity: table });
    await (accepted ? expect(declaring).resolves.toBeDefined() : expect(declaring).rejects.toThrow(/must be uuid, or text COLLATE "C"/));
  });

  test.each([
    ['uuid', 'catalog.cut_by_uuid', (index: number) => `00000000-0000-4000-8000-0000000000${10 + index}`],
    ['text COLLATE "C"', 'catalog.cut_by_text', (index: number) => `${'aBÉ中'[index % 4]}/${10 + index}`],
  ])('rows of a key of type %s are compared in pieces, cut in the order of bytes', async (type, table, keyOf) => {
    await world.owner.query(`CREATE TABLE ${table} (id ${type} PRIMARY KEY, name text)`);
    await declare({ entity: table });
    const keys = Array.from({ length: 25 }, (_, index) => keyOf(index)).toSorted((one, other) =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)),
    );
    for (const key of keys) await world.owner.query(`INSERT INTO ${table} (id) VALUES ($1)`, [key]);
    const called = table.replace('.', '_');
    const { rows } = await world.owner.query(`SELECT sync.${called}_cuts(NULL, NULL, 10, 5) AS cuts`);
    expect(rows).toEqual([{ cuts: [keys[10], keys[20]] }]);
    const pieces = await world.owner.query(
      `SELECT ordinal, held FROM sync.${called}_digests(NULL, $1, NULL, 0, true, 100) ORDER BY ordinal`,
      [[keys[10], keys[20]]],
    );
    expect(pieces.rows.map(({ held }) => held)).toEqual([10, 10, 5]);
    const stamps = await world.owner.query(`SELECT key FROM sync.${called}_stamps(NULL, $1, $2, true, 100)`, [keys[3], keys[6]]);
    expect(stamps.rows.map(({ key }) => key).toSorted()).toEqual(keys.slice(3, 6).toSorted());
  });

  test.each([
    ['nothing', 'catalog.named_by_nothing', ''],
    ['more than 200 characters', 'catalog.named_at_length', 'k'.repeat(201)],
  ])('a key that no pointer can name, %s, cannot be written; what can be is', async (_what, table, key) => {
    await world.owner.query(`CREATE TABLE ${table} (id text COLLATE "C" PRIMARY KEY, name text)`);
    await declare({ entity: table });
    await world.owner.query(`INSERT INTO ${table} (id) VALUES ($1)`, ['k'.repeat(200)]);
    await expect(world.owner.query(`INSERT INTO ${table} (id) VALUES ($1)`, [key])).rejects.toThrow(/sync_key_length/);
  });

  test.each([
    ['is not logged', 'CREATE UNLOGGED TABLE catalog.odd (id uuid PRIMARY KEY, name text)'],
    ['is partitioned', 'CREATE TABLE catalog.odd (id uuid PRIMARY KEY, name text) PARTITION BY HASH (id)'],
    ['has children', 'CREATE TABLE catalog.odd (id uuid PRIMARY KEY, name text); CREATE TABLE catalog.odd_child () INHERITS (catalog.odd)'],
  ])('a table that %s is refused', async (_what, create) => {
    await world.owner.query(`DROP TABLE IF EXISTS catalog.odd CASCADE; ${create}`);
    await expect(declare({ entity: 'catalog.odd' })).rejects.toThrow(/must be an ordinary table/);
  });

  test('a column that is not there is refused', async () => {
    await world.owner.query('CREATE TABLE catalog.narrow (id uuid PRIMARY KEY, name text)');
    await expect(declare({ entity: 'catalog.narrow', crossing: ['name', 'nope'] })).rejects.toThrow(/has no column nope/);
  });

  test.each([
    ['a deletion that takes children along', 'parent_id uuid REFERENCES catalog.category ON DELETE CASCADE', /would change synced rows/],
    ['a deletion that empties what crosses', 'parent_id uuid REFERENCES catalog.category ON DELETE SET NULL', /would change synced rows/],
    ['a deletion that empties what stays home', 'note_id uuid REFERENCES catalog.category ON DELETE SET NULL, parent_id uuid', undefined],
    ['a cascade from what is not synced', 'parent_id uuid REFERENCES catalog.shelf ON DELETE CASCADE', undefined],
    ['a check that is put off', 'parent_id uuid REFERENCES catalog.category DEFERRABLE INITIALLY DEFERRED', /whole batch/],
    ['a check that can be put off', 'parent_id uuid REFERENCES catalog.category DEFERRABLE', undefined],
  ])('%s: %s', async (_what, columns, refusal) => {
    await world.owner.query(`CREATE TABLE IF NOT EXISTS catalog.shelf (id uuid PRIMARY KEY); DROP TABLE IF EXISTS catalog.child;
      DELETE FROM sync.entity WHERE name = 'catalog.child'; CREATE TABLE catalog.child (id uuid PRIMARY KEY, ${columns})`);
    const declaring = declare({ entity: 'catalog.child', crossing: ['parent_id'] });
    await (refusal === undefined ? expect(declaring).resolves.toBeDefined() : expect(declaring).rejects.toThrow(refusal));
  });

  test('children that a deletion would take along are found from their parent, too', async () => {
    await world.owner.query('DROP TABLE catalog.child');
    await world.owner.query(
      `DELETE FROM sync.entity WHERE name = 'catalog.child'; CREATE TABLE catalog.child (id uuid PRIMARY KEY, parent_id uuid)`,
    );
    await declare({ entity: 'catalog.child', crossing: ['parent_id'] });
    await world.owner.query(`CREATE TABLE catalog.whole (id uuid PRIMARY KEY, name text);
      ALTER TABLE catalog.child ADD FOREIGN KEY (parent_id) REFERENCES catalog.whole ON DELETE CASCADE`);
    await expect(declare({ entity: 'catalog.whole' })).rejects.toThrow(/would change synced rows/);
  });

  test('the policy is kept as it was declared', async () => {
    const { rows } = await world.owner.query(
      `SELECT key_column, policy ->> 'entity' AS entity, policy -> 'merge' AS merge FROM sync.entity WHERE name = 'catalog.product'`,
    );
    expect(rows).toEqual([{ key_column: 'id', entity: 'catalog.product', merge: { rule: 'row' } }]);
  });
});

describe('a merge rule', () => {
  const table = 'catalog.merged';
  const groups = { a: { columns: ['low', 'high'] }, b: { columns: ['state'], ranks: { column: 'state', order: { new: 0, done: 1 } } } };
  const good = { entity: table, crossing: ['low', 'high', 'state', 'seen'], merge: { rule: 'parts', groups, counters: ['seen'] } };
  beforeEach(async () => {
    await world.owner.query(`DROP TABLE IF EXISTS ${table};
      CREATE TABLE ${table} (id uuid PRIMARY KEY, low int CHECK (low > 0), high int, state text NOT NULL, seen int8 NOT NULL, home text NOT NULL, small int NOT NULL, CHECK (low < high))`);
    await world.owner.query('DELETE FROM sync.entity WHERE name = $1', [table]);
  });

  test.each([
    ['is unknown', { merge: { rule: 'newest' } }, /no merge rule that is known/],
    ['leaves a column out', { crossing: [...good.crossing, 'home'] }, /"home" is not/],
    [
      'puts a column in two groups',
      { merge: { rule: 'parts', groups: { ...groups, c: { columns: ['low'] } }, counters: ['seen'] } },
      /"low" is not/,
    ],
    ['names a column that does not cross', { crossing: ['low', 'high', 'state'] }, /"seen" is not/],
    [
      'counts in what may overflow',
      { crossing: [...good.crossing, 'small'], merge: { rule: 'parts', groups, counters: ['seen', 'small'] } },
      /"small" must be int8/,
    ],
    [
      'ranks by another group',
      { merge: { rule: 'parts', groups: { a: { ...groups.a, ranks: groups.b.ranks }, b: { columns: ['state'] } }, counters: ['seen'] } },
      /takes its rank from/,
    ],
    [
      'ranks by a column that may be empty',
      { merge: { rule: 'parts', groups: { ...groups, a: { ...groups.a, ranks: { column: 'low', order: {} } } }, counters: ['seen'] } },
      /takes its rank from/,
    ],
    [
      'has a group of a reserved name',
      { merge: { rule: 'parts', groups: { $alive: groups.a, b: groups.b }, counters: ['seen'] } },
      /is no name for a group/,
    ],
    [
      'parts what a constraint holds together',
      { merge: { rule: 'parts', groups: { ...groups, a: { columns: ['low'] }, c: { columns: ['high'] } }, counters: ['seen'] } },
      /merged_check/,
    ],
    ['has its home in no column that crosses', { merge: { rule: 'home-region', column: 'home' } }, /the home region stands in/],
  ])('that %s is refused', async (_what, change, message) => {
    await expect(declare({ ...good, ...change })).rejects.toThrow(message);
  });

  test('does not change under rows that are synced, but states and columns may be added', async () => {
    await world.owner.query(`INSERT INTO ${table} VALUES (gen_random_uuid(), 1, 2, 'done', 7, 'world', 0)`);
    await declare(good);
    const { rows } = await world.owner.query(
      `SELECT parts - '$alive' - '$counters' AS groups, parts #> '{$counters,seen}' ->> origin IS NOT NULL AS counted, version::text FROM ${table}`,
    );
    const version = Number(rows[0]?.version);
    expect(rows).toMatchObject([{ groups: { a: [0, version, 'world#1'], b: [1, version, 'world#1'] }, counted: true }]);
    const withMerge = (merge: Record<string, unknown>): Promise<unknown> => declare({ ...good, merge: { ...good.merge, ...merge } });
    const ranks = { column: 'state', order: { new: 0, done: 1, refused: 1 } };
    await withMerge({ groups: { ...groups, b: { columns: ['state'], ranks } } });
    const otherwise = /cannot be merged otherwise than before/;
    await expect(withMerge({ rule: 'row' })).rejects.toThrow(otherwise);
    await expect(
      withMerge({ groups: { ...groups, b: { columns: ['state'], ranks: { ...ranks, order: { new: 0, done: 2 } } } } }),
    ).rejects.toThrow(otherwise);
    await expect(withMerge({ groups: { a: groups.a, c: groups.b } })).rejects.toThrow(otherwise);
  });
});
