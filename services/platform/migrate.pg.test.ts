/**
 * Goal: a migration waits shortly for a table that others use and comes again; nobody queues behind it for long, and in the end it says what to do. Migrators wait for one another.
 * Method: a real PostgreSQL and a client that holds a table. Planted once: no lock_timeout, no second try, one transaction for all, a timeout that binds Kysely's own lock too.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';

import { createLogger } from './log.ts';
import { migrate, type MigrationSet } from './migrate.ts';

let database: TestDatabase;
let db: Kysely<Record<string, never>>;
let other: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.roles.migrator, max: 4 }) }) });
  other = new pg.Client({ connectionString: database.url });
  await other.connect();
});
afterAll(async () => {
  await other?.end();
  await db?.destroy();
  await database?.drop();
});

const logged: Record<string, unknown>[] = [];
let onLine: (line: string) => void = () => undefined;
const log = createLogger({
  level: 'info',
  region: 'test',
  destination: {
    write: (line) => {
      logged.push(JSON.parse(line));
      onLine(line);
    },
  },
});
beforeEach(async () => {
  logged.length = 0;
  onLine = () => undefined;
  await other.query('DROP SCHEMA IF EXISTS scratch CASCADE; DROP TABLE IF EXISTS public.held; CREATE TABLE public.held (id int)');
  await other.query('ALTER TABLE public.held OWNER TO migrator');
});

const statement = (text: string): Migration => ({ up: async (trx) => void (await sql.raw(text).execute(trx)) });
const set: MigrationSet = {
  schema: 'scratch',
  migrations: {
    '0001-one': statement('CREATE TABLE scratch.one ()'),
    '0002-held': statement('ALTER TABLE public.held ADD COLUMN more int'),
  },
};
const short = { lockTimeoutMs: 30, pauseMs: 1 };
const ran = async (): Promise<unknown[]> =>
  (await other.query<{ name: string }>('SELECT name FROM scratch.kysely_migration ORDER BY name')).rows.map(({ name }) => name);

it('a table that is held for a while is waited for shortly, and again', async () => {
  await other.query('BEGIN; LOCK TABLE public.held');
  const refusedOnce = new Promise<void>((resolve) => {
    onLine = (line) => (line.includes('tried again') ? resolve() : undefined);
  });
  const migrated = migrate(db, set, log, { ...short, tries: 10_000 });
  await Promise.race([refusedOnce, migrated]);
  await other.query('COMMIT');
  await migrated;
  expect(await ran()).toEqual(['0001-one', '0002-held']);
  expect(logged).toContainEqual(
    expect.objectContaining({ err: expect.objectContaining({ code: '55P03' }), migration: '0002-held', attempt: 1, tries: 10_000 }),
  );
  expect(logged.at(-1)).toMatchObject({ migration: '0002-held', status: 'Success' });
});

it('a table that stays held ends it after so many tries, with what to do; what ran before stays', async () => {
  await other.query('BEGIN; LOCK TABLE public.held');
  try {
    await expect(migrate(db, set, log, { ...short, tries: 3 })).rejects.toThrow(
      /^migration scratch\/0002-held did not get its locks in 3 tries \(55P03\).*pg_stat_activity.*run the migrations again/,
    );
  } finally {
    await other.query('ROLLBACK');
  }
  expect(await ran()).toEqual(['0001-one']);
  expect(logged.filter(({ msg }) => String(msg).includes('tried again'))).toHaveLength(2);
});

it('whatever else fails is not tried again', async () => {
  const broken = { ...set, migrations: { ...set.migrations, '0003-broken': statement('SELECT 1 / 0') } };
  await expect(migrate(db, broken, log, { ...short, tries: 3 })).rejects.toMatchObject({ code: '22012' });
  expect(logged.filter(({ migration }) => migration === '0003-broken')).toHaveLength(1);
});

it('a migrator waits for another one longer than a migration for a table', async () => {
  const untilAnotherWaits: Migration = {
    up: async (trx) => {
      const waits = sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND clock_timestamp() - waitstart > interval '90 ms'`;
      while ((await waits.execute(trx)).rows.length === 0);
    },
  };
  const slow = { schema: 'scratch', migrations: { '0001-slow': untilAnotherWaits } };
  await Promise.all([1, 2].map(() => migrate(db, slow, log, { ...short, tries: 1 })));
  expect(await ran()).toEqual(['0001-slow']);
});
