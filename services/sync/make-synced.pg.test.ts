import { afterAll, beforeAll, describe, expect, test } from 'vitest';

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

  test('a column that is not there is refused', async () => {
    await world.owner.query('CREATE TABLE catalog.narrow (id uuid PRIMARY KEY, name text)');
    await expect(declare({ entity: 'catalog.narrow', crossing: ['name', 'nope'] })).rejects.toThrow(/has no column nope/);
  });

  test('the policy is kept as it was declared', async () => {
    const { rows } = await world.owner.query(
      `SELECT key_column, policy ->> 'entity' AS entity, policy -> 'merge' AS merge FROM sync.entity WHERE name = 'catalog.product'`,
    );
    expect(rows).toEqual([{ key_column: 'id', entity: 'catalog.product', merge: { rule: 'row' } }]);
  });
});
