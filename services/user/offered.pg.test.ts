import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openRegionDatabase, type RegionDatabase } from '../testing/region-database.ts';

let region: RegionDatabase;
let owner: pg.Client;
beforeAll(async () => {
  region = await openRegionDatabase();
  owner = new pg.Client({ connectionString: region.urls.url });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await region?.close();
});

/** Who may execute what of this service's schema: docs/domain.md says the same. */
const offered: Readonly<Record<string, readonly string[]>> = {
  postal_address: ['users'],
  address_of: ['orders'],
  hold: ['orders'],
  consents_to: ['users'],
  may_contact: ['notification'],
  contact_of: ['notification'],
  account_of: ['notification'],
  require_consent: [],
  untie_ended: [],
  tell_copy_request: [],
  end_link: ['users'],
  export_of: ['users'],
  erase: ['users'],
};

it('each function of the schema is for the roles that it was made for, and for nobody else', async () => {
  const { rows } = await owner.query<{ name: string; roles: string[] }>(`
    SELECT p.proname AS name, array_agg(r.rolname::text) FILTER (WHERE has_function_privilege(r.oid, p.oid, 'EXECUTE')) AS roles
    FROM pg_proc p CROSS JOIN pg_roles r
    WHERE p.pronamespace = 'users'::regnamespace AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%' AND r.rolname <> 'migrator'
    GROUP BY p.oid, p.proname`);
  expect(Object.fromEntries(rows.map(({ name, roles }) => [name, (roles ?? []).toSorted()]))).toEqual(
    Object.fromEntries(Object.entries(offered).map(([name, roles]) => [name, roles.toSorted()])),
  );
});

it('what runs with the rights of its owner chooses its search path itself', async () => {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT p.proname AS name FROM pg_proc p WHERE p.pronamespace = 'users'::regnamespace AND p.prosecdef
      AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']`);
  expect(rows).toEqual([]);
});

it('no other service reads or writes a table of it', async () => {
  const { rows } = await owner.query<{ what: string }>(`
    SELECT r.rolname || ' ' || c.relname AS what FROM pg_class c CROSS JOIN pg_roles r
    WHERE c.relnamespace = 'users'::regnamespace AND c.relkind IN ('r', 'v', 'S') AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%'
      AND r.rolname NOT IN ('migrator', 'users', 'inspector')
      AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(r.oid, c.oid, 'USAGE, SELECT, UPDATE')
        ELSE has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE') END`);
  expect(rows).toEqual([]);
});
