import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Database } from '#platform/db.ts';

import { openRegionDatabase, type RegionDatabase } from '../../testing/region-database.ts';
import { makeOtherHolder, otherHolder } from '../testing/other-holder.ts';
import { holders } from './holders.ts';
import { requireHolders } from './service.ts';

let region: RegionDatabase;
let owner: pg.Pool;
let database: Database<Record<string, never>>;
beforeAll(async () => {
  region = await openRegionDatabase();
  owner = new pg.Pool({ connectionString: region.urls.url, max: 2 });
  database = await region.open('users');
});
afterAll(async () => {
  await owner?.end();
  await region?.close();
});

describe('the list of holders', () => {
  it('names those that offer what they must', async () => {
    await expect(requireHolders(database.db, holders)).resolves.toBeUndefined();
  });

  it('names every schema that offers something of it, and users before the account itself', async () => {
    const { rows } = await owner.query<{ schema: string }>(`
      SELECT DISTINCT pronamespace::regnamespace::text AS schema FROM pg_proc WHERE proname IN ('export_of', 'erase')`);
    expect(rows.map(({ schema }) => schema).toSorted()).toEqual(holders.toSorted());
    if (holders.includes('auth')) expect(holders.at(-1)).toBe('auth');
  });
});

describe('a service does not start', () => {
  beforeAll(() => makeOtherHolder(owner));
  const start = () => requireHolders(database.db, [otherHolder, 'users']);

  it.each([
    ['has no export', 'DROP FUNCTION elsewhere.export_of', 'elsewhere.export_of(uuid) returning jsonb is not there'],
    ['has no erasure', 'DROP FUNCTION elsewhere.erase', 'elsewhere.erase(uuid) returning integer is not there'],
    [
      'answers something else',
      `DROP FUNCTION elsewhere.erase; CREATE FUNCTION elsewhere.erase(a uuid) RETURNS text LANGUAGE sql AS 'SELECT ''done'''`,
      'elsewhere.erase(uuid) returning integer is not there',
    ],
    [
      'keeps it for others',
      'REVOKE EXECUTE ON FUNCTION elsewhere.erase FROM users',
      'elsewhere.erase(uuid) returning integer is not for role users',
    ],
    ['keeps its schema closed', 'REVOKE USAGE ON SCHEMA elsewhere FROM users', 'is not for role users'],
    ['is not there at all', 'DROP SCHEMA elsewhere CASCADE', 'is not there'],
  ])('with a holder that %s', async (_what, change, told) => {
    await expect(start()).resolves.toBeUndefined();
    await owner.query(change);
    await expect(start()).rejects.toThrow(told);
    await owner.query('DROP SCHEMA IF EXISTS elsewhere CASCADE');
    await makeOtherHolder(owner);
  });
});
