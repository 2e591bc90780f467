/**
 * Goal: a service of the release before works on what a migration leaves, for during a deployment it does: nothing that it uses is gone or means something else, nothing
 * that it does not give is asked for, nothing that it writes is refused. What does break a promise says why it may.
 * Method: on a real PostgreSQL all migrations one by one, with the surface of the whole database read before and after each.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { migrate, type MigrationSet } from '#platform/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';
import { migrations as sync, setRegion } from '#sync/migrations/index.ts';

import { domains } from './migrate.ts';
import { allowances } from './testing/compatibility/allowances.ts';
import { breaksOf } from './testing/compatibility/breaks.ts';
import { readSurface } from './testing/compatibility/surface.ts';
import { silentLog } from './testing/region-database.ts';

type Db = Kysely<Record<string, never>>;

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.roles.migrator, max: 2 }) }) });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** The breaks of each migration of `set`, by its name. */
async function breaksIn(set: MigrationSet): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  const names = Object.keys(set.migrations).toSorted();
  for (const [at, name] of names.entries()) {
    const upTo = Object.fromEntries(Object.entries(set.migrations).filter(([one]) => names.indexOf(one) <= at));
    const before = await readSurface(db);
    await migrate(db, { schema: set.schema, migrations: upTo }, silentLog);
    const breaks = breaksOf(before, await readSurface(db));
    if (breaks.length > 0) found[`${set.schema}/${name}`] = breaks;
  }
  return found;
}

it('every migration keeps the promises of those before it, or says why not', async () => {
  const found = await breaksIn(sync);
  await setRegion(db, 'world');
  for (const set of domains) Object.assign(found, await breaksIn(set));
  expect(found).toEqual(Object.fromEntries(Object.entries(allowances).map(([name, { breaks }]) => [name, breaks])));
}, 120_000);

describe('a migration is found to break a promise that', () => {
  beforeAll(async () => {
    await sql`CREATE SCHEMA scratch`.execute(db);
    await sql`CREATE TABLE scratch.one (id int PRIMARY KEY, label text, size int NOT NULL DEFAULT 1)`.execute(db);
    await sql`CREATE FUNCTION scratch.two(id int) RETURNS text LANGUAGE sql AS $$ SELECT 'two' $$`.execute(db);
    await sql`GRANT USAGE ON SCHEMA scratch TO orders`.execute(db);
    await sql`GRANT SELECT ON scratch.one TO orders`.execute(db);
  });

  class Undone extends Error {}
  async function breaksBy(statements: readonly string[]): Promise<readonly string[]> {
    let breaks: readonly string[] = [];
    const tried = db.transaction().execute(async (trx) => {
      const before = await readSurface(trx);
      for (const statement of statements) await sql.raw(statement).execute(trx);
      breaks = breaksOf(before, await readSurface(trx));
      throw new Undone();
    });
    await expect(tried).rejects.toThrow(Undone);
    return breaks;
  }

  it.each([
    ['ALTER TABLE scratch.one DROP COLUMN label', ['scratch.one.label is gone']],
    ['ALTER TABLE scratch.one RENAME COLUMN label TO name', ['scratch.one.label is gone']],
    ['ALTER TABLE scratch.one ALTER COLUMN size TYPE bigint', ['scratch.one.size was integer and is bigint']],
    ['ALTER TABLE scratch.one ALTER COLUMN label SET NOT NULL', ['scratch.one.label must not be null any more']],
    ['ALTER TABLE scratch.one ALTER COLUMN size DROP DEFAULT', ['scratch.one.size is not filled by itself any more']],
    ['ALTER TABLE scratch.one ADD COLUMN weight int NOT NULL', ['scratch.one.weight is new and must be given']],
    ['ALTER TABLE scratch.one ADD CHECK (size < 9)', ['new rule on scratch.one: CHECK ((size < 9))']],
    ['CREATE UNIQUE INDEX ON scratch.one (label)', ['new rule on scratch.one: UNIQUE INDEX USING btree (label)']],
    ['DROP FUNCTION scratch.two(int)', ['scratch.two(id integer) is gone']],
    [
      'DROP FUNCTION scratch.two(int); CREATE FUNCTION scratch.two(id int) RETURNS int LANGUAGE sql AS $$ SELECT 2 $$',
      ['scratch.two(id integer) answered text and answers integer'],
    ],
    ['REVOKE SELECT ON scratch.one FROM orders', ['orders may SELECT scratch.one no more']],
    ['DROP TABLE scratch.one', ['scratch.one.id is gone', 'scratch.one.label is gone', 'scratch.one.size is gone']],
  ])('%s', async (statement, breaks) => {
    expect(await breaksBy(statement.split('; '))).toEqual(breaks);
  });

  it.each([
    'ALTER TABLE scratch.one ADD COLUMN weight int',
    'ALTER TABLE scratch.one ADD COLUMN weight int NOT NULL DEFAULT 1 CHECK (weight > 0)',
    'ALTER TABLE scratch.one ALTER COLUMN size DROP NOT NULL',
    'CREATE TABLE scratch.three (id int PRIMARY KEY, one int NOT NULL REFERENCES scratch.one)',
    'CREATE INDEX ON scratch.one (label)',
    'GRANT INSERT ON scratch.one TO orders',
    'CREATE FUNCTION scratch.two(id int, more int) RETURNS text LANGUAGE sql AS $$ SELECT NULL::text $$',
  ])('not: %s', async (statement) => {
    expect(await breaksBy([statement])).toEqual([]);
  });
});
