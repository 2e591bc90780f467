/**
 * Goal: no column of a synced table crosses, or stays home, without somebody having said so.
 * Method: the product's own migrations in a real database; its catalogue against the policies. Each way in which they can differ is planted once.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { crossingColumns, entityPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';

import { openRegionDatabase, type RegionDatabase } from './testing/region-database.ts';

/** What make_synced adds to a table. The stamp crosses with each row, under names of its own. */
const stampColumns = new Set(['version', 'origin', 'vector', 'parts', 'held']);

let database: RegionDatabase;
let owner: pg.Client;

beforeAll(async () => {
  database = await openRegionDatabase('world');
  owner = new pg.Client({ connectionString: database.urls.url });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await database?.close();
});

/** Tables that sync has its trigger on, whatever sync.entity says, with their columns and what was declared as crossing. */
const SYNCED = `
  SELECT n.nspname || '.' || c.relname AS entity,
    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    ARRAY(SELECT jsonb_array_elements_text(e.policy -> 'crossing')) AS crossing
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN sync.entity e ON e.name = n.nspname || '.' || c.relname
  WHERE e.name IS NOT NULL OR EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace s ON s.oid = p.pronamespace
    WHERE t.tgrelid = c.oid AND s.nspname = 'sync' AND n.nspname <> 'sync' AND c.relkind IN ('r', 'p'))
  UNION ALL SELECT e.name, NULL, NULL FROM sync.entity e WHERE to_regclass(e.name) IS NULL`;

async function gaps(policies: readonly EntityPolicy[]): Promise<string[]> {
  const { rows } = await owner.query<{ entity: string; columns: string[] | null; crossing: string[] | null }>(SYNCED);
  const found: string[] = [];
  for (const { entity, columns, crossing } of rows) {
    const policy = policies.find((one) => one.entity === entity);
    if (columns === null) found.push(`${entity} is declared in the database and no table`);
    if (policy === undefined) {
      found.push(`${entity} is synced without a policy`);
      continue;
    }
    const declared = new Set([policy.key, ...Object.keys(policy.columns)]);
    const held = new Set(columns ?? []);
    for (const name of held) if (!declared.has(name) && !stampColumns.has(name)) found.push(`${entity}.${name} is not declared`);
    for (const name of declared) if (!held.has(name)) found.push(`${entity}.${name} is declared and not there`);
    if ((crossing ?? []).toSorted().join() !== crossingColumns(policy).toSorted().join())
      found.push(`${entity} crosses otherwise than declared`);
  }
  for (const { entity } of policies) if (!rows.some((row) => row.entity === entity)) found.push(`${entity} has a policy and is not synced`);
  return found;
}

test.each(entityPolicies.map(({ entity }) => entity))('what is held of %s can be compared with the other region', async (entity) => {
  const called = `sync.${entity.replace('.', '_')}`;
  expect((await owner.query(`SELECT ${called}_cuts(NULL, NULL, 10, 5) AS cuts`)).rows).toEqual([{ cuts: [] }]);
  const digests = await owner.query(`SELECT held FROM ${called}_digests(NULL, '{}', NULL, 0, true, 100)`);
  expect(digests.rows.reduce((sum, { held }) => sum + Number(held), 0)).toBe(0);
  expect((await owner.query(`SELECT FROM ${called}_stamps(NULL, NULL, NULL, true, 10)`)).rowCount).toBe(0);
});

describe('the database and the policies', () => {
  test('agree on every column of every synced table', async () => {
    expect(await gaps(entityPolicies)).toEqual([]);
  });

  test.each([
    ['a column that nobody declared', 'ALTER TABLE catalog.product ADD COLUMN supplier text', ['catalog.product.supplier is not declared']],
    [
      'a declared column that is gone',
      'ALTER TABLE catalog.product DROP COLUMN cost_minor',
      ['catalog.product.cost_minor is declared and not there'],
    ],
    [
      'a table that was made synced without a policy',
      `CREATE TABLE auth.badge (id uuid PRIMARY KEY, name text);
       SELECT sync.make_synced('{"entity": "auth.badge", "key": "id", "crossing": ["name"], "parents": {}, "merge": {"rule": "row"}, "uniques": []}')`,
      ['auth.badge is synced without a policy'],
    ],
    [
      'a column that the database lets cross and the policy does not',
      `UPDATE sync.entity SET policy = jsonb_set(policy, '{crossing}', policy -> 'crossing' || '["cost_minor"]') WHERE name = 'catalog.product'`,
      ['catalog.product crosses otherwise than declared'],
    ],
  ])('%s is found', async (_name, change, expected) => {
    await owner.query('BEGIN');
    try {
      await owner.query(change);
      expect(await gaps(entityPolicies)).toEqual(expected);
    } finally {
      await owner.query('ROLLBACK');
    }
  });

  test('a policy without a table is found', async () => {
    const imagined: EntityPolicy = { entity: 'catalog.bundle', key: 'id', columns: {}, parents: {}, merge: { rule: 'row' } };
    expect(await gaps([...entityPolicies, imagined])).toEqual(['catalog.bundle has a policy and is not synced']);
  });

  test('personal data is in no synced table, but for the number by which somebody asked to be known in both regions', async () => {
    const ofPeople = entityPolicies.filter(({ entity }) => /^(auth|users|orders|notification)\./.test(entity));
    expect(ofPeople.map(({ entity, columns }) => [entity, Object.keys(columns).toSorted()])).toEqual([
      ['users.link', ['code_expires_at', 'code_hash', 'home_region', 'state']],
      ['users.copy_request', ['asked_at', 'person_id', 'region']],
    ]);
    for (const { entity, columns } of entityPolicies) {
      const grounds = new Set(Object.values(columns).flatMap((column) => (column.crosses ? [column.ground] : [])));
      expect([...grounds], entity).toEqual([entity.startsWith('users.') ? 'person-link' : 'public-catalogue']);
    }
    const { rows } = await owner.query(
      `SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('users.link'::regclass, 'users.copy_request'::regclass)`,
    );
    expect(rows, 'what crosses refers to nothing of a person').toEqual([]);
  });
});
