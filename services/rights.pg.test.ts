/**
 * Goal: a service is who its database role is, and may do in the region's database what its own schema and the offers of others give it, and nothing else.
 * Method: every role is asked for every table, column and function of every schema that is not its own; what it may is held against docs/adr/0010 by the list below.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { inspectorRole, schemas } from '#sim/postgres/provision.ts';

import { openRegionDatabase, type RegionDatabase } from './testing/region-database.ts';

const functionsOf = (schema: string, names: string): string[] => names.split(' ').map((name) => `${schema}.${name}`);
/** Publishes what happened. */
const publishing = functionsOf('events', 'claim claim_with_origin release settle');
/** Tells what happened, too. */
const events = [...publishing, 'events.emit', 'events.emit_from'];
/** What the triggers of synced tables call in the name of whoever writes, and what publishes what they made. */
const synced = [
  ...functionsOf('sync', 'covers grave_item is_applying join_vectors lock_alone origin pointer render seen statement_tick tick time_of'),
  ...functionsOf('sync', 'outbox_claim outbox_release outbox_settle'),
];
/** Its own deletions, of which it shows who deleted last. */
const tombstones = ['SELECT sync.tombstone'];
/** Anybody's: they look at what they are given and at no row but the region's name. */
const pure = [...functionsOf('catalog', 'han_of region words_of'), ...functionsOf('inventory', 'availability_id level_of')];

/** By role, what it may beyond its own schema: docs/domain.md says what for. */
const offered: Readonly<Record<string, readonly string[]>> = {
  auth: events,
  users: [
    ...events,
    ...synced,
    ...tombstones,
    ...functionsOf('auth', 'erase export_of'),
    ...functionsOf('orders', 'erase export_of'),
    ...functionsOf('notification', 'erase export_of'),
  ],
  catalog: [
    ...events,
    ...synced,
    ...tombstones,
    ...functionsOf('inventory', 'availability_id level_of use_of_product use_of_store uses_product uses_store'),
  ],
  inventory: [...events, ...synced, ...tombstones, ...functionsOf('catalog', 'han_of missing_of region unusable_of words_of')],
  orders: [
    ...events,
    ...synced,
    ...pure,
    ...functionsOf('catalog', 'missing_of quote unusable_of'),
    ...functionsOf('users', 'address_of hold'),
    ...functionsOf('inventory', 'allocate expire hand_over release reserve return_store_of ship take_back write_off'),
  ],
  notification: [
    ...publishing,
    ...functionsOf('auth', 'email_of phone_of'),
    'orders.notice_of',
    ...functionsOf('users', 'account_of contact_of may_contact'),
  ],
  sync: [],
};

let region: RegionDatabase;
let inspect: pg.Client;
beforeAll(async () => {
  region = await openRegionDatabase();
  inspect = new pg.Client({ connectionString: region.urls.url });
  await inspect.connect();
});
afterAll(async () => {
  await inspect.end();
  await region.close();
});

/** What `role` may outside of the schema of its name. */
async function reachOf(role: string): Promise<string[]> {
  const { rows } = await inspect.query<{ what: string }>(
    `SELECT format('%s.%s', n.nspname, p.proname) AS what FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname !~ '^(pg_|information_schema$)' AND n.nspname <> $1 AND p.prorettype <> 'trigger'::regtype
         AND has_schema_privilege($1, n.oid, 'USAGE') AND has_function_privilege($1, p.oid, 'EXECUTE')
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
     UNION SELECT format('%s %s.%s', privilege, n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
         unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
       WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^(pg_|information_schema$)' AND n.nspname <> $1
         AND (has_table_privilege($1, c.oid, privilege) OR privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege($1, c.oid, privilege))
     UNION SELECT format('member of %s', r.rolname) FROM pg_roles r WHERE r.rolname <> $1 AND pg_has_role($1, r.oid, 'MEMBER')
     UNION SELECT format('CREATE in %s', n.nspname) FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND has_schema_privilege($1, n.oid, 'CREATE')
     UNION SELECT 'is no ordinary role' FROM pg_roles r WHERE r.rolname = $1 AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication)
`,
    [role],
  );
  return rows.map(({ what }) => what).toSorted();
}

it.each(schemas)('%s may do what is offered to it, and nothing else', async (role) => {
  expect(await reachOf(role)).toEqual((offered[role] ?? []).toSorted());
});

it('the role of checkers and consoles reads, and does nothing else', async () => {
  const harmless = [...synced, ...pure];
  const reach = (await reachOf(inspectorRole)).filter((what) => !what.startsWith('SELECT ') && !harmless.includes(what));
  expect(reach).toEqual(['member of pg_read_all_data']);
});
