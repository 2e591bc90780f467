/**
 * Goal: who was erased in the other region while this one did not know the state yet is erased here as well, once it does.
 * Method: the migrations up to the one before, a link that comes in as erased, and the rest of them. Planted once: the migration looks at no link that is there.
 */
import { randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { migrate, type MigrationSet } from '#platform/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';
import { migrations as sync, setRegion } from '#sync/migrations/index.ts';

import { domains } from '../../migrate.ts';
import { silentLog } from '../../testing/region-database.ts';
import { migrations } from './index.ts';

let database: TestDatabase;
let db: Kysely<Record<string, never>>;
beforeAll(async () => {
  database = await createTestDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.roles.migrator, max: 2 }) }) });
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});

const run = (set: MigrationSet) => migrate(db, set, silentLog);

it('a link that was erased before this region knew of it has its account erased', async () => {
  await run(sync);
  await setRegion(db, 'world');
  const before = Object.entries(migrations.migrations).filter(([name]) => name < '0008');
  for (const set of domains) await run(set.schema === 'users' ? { schema: 'users', migrations: Object.fromEntries(before) } : set);
  const people = [
    { account: randomUUID(), person: randomUUID(), state: 'erased' },
    { account: randomUUID(), person: randomUUID(), state: 'linked' },
  ] as const;
  for (const { account, person, state } of people) {
    await sql`INSERT INTO users.profile (account_id, language) VALUES (${account}, 'en')`.execute(db);
    await sql`INSERT INTO users.consent (account_id, topic, granted, wording_version) VALUES (${account}, 'cross_border', true, 'v1')`.execute(
      db,
    );
    await sql`INSERT INTO users.link (id, home_region, state) VALUES (${person}, 'china', 'linked')`.execute(db);
    await sql`INSERT INTO users.linked_account (account_id, person_id) VALUES (${account}, ${person})`.execute(db);
    await sql`UPDATE users.link SET state = ${state} WHERE id = ${person}`.execute(db);
  }
  await run(migrations);
  const ids = async (table: string): Promise<unknown[]> =>
    (await sql<{ id: string }>`SELECT account_id AS id FROM ${sql.id('users', table)}`.execute(db)).rows.map(({ id }) => id);
  expect(await ids('erasure_due')).toEqual([people[0].account]);
  expect(await ids('linked_account')).toEqual([people[1].account]);
});
