import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterEach, expect } from 'vitest';

import { perRole, provision, withClient, withDatabase, withRole, databaseName, type RolePasswords } from '#sim/postgres/provision.ts';
import { postgres } from '../../behaviours/postgres.ts';
import { startPostgres } from '../../components/postgres.ts';
import { conformance } from '../../frame/conformance.ts';

const { target, shows, refuses } = conformance(postgres, startPostgres);
const passwords: RolePasswords = perRole((role) => role.charAt(0));

const open: pg.Client[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => undefined);
});

/** A connection that lives as long as the test. */
async function connect(url: string = target().superuserUrl(), more: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...more });
  client.on('error', () => undefined);
  open.push(client);
  await client.connect();
  return client;
}

/** A table of the test's own with the numbers from 1 to `rows`. */
async function makeTable(client: pg.Client, rows: number): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await client.query(`CREATE TABLE ${name} AS SELECT n, 0 AS value FROM generate_series(1, ${rows}) AS n`);
  return name;
}

const one = async (client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<unknown> =>
  Object.values((await client.query(sql, [...values])).rows[0] ?? {})[0];
const failsWith = (code: string) => expect.objectContaining({ code });

shows('version', async () => {
  const client = await connect();
  expect(await one(client, `SELECT current_setting('server_version_num')::int / 10000`)).toBe(17);
});

shows('encoding', async () => {
  const client = await connect();
  expect(await one(client, 'SHOW server_encoding')).toBe('UTF8');
  expect(await one(client, 'SHOW client_encoding')).toBe('UTF8');
  const text = 'é 中文 𠮷 🏮';
  expect(await one(client, 'SELECT $1::text', [text])).toBe(text);
  expect(await one(client, 'SELECT char_length($1)', ['𠮷🏮'])).toBe(2);
  await expect(one(client, 'SELECT $1::text', ['a\0b'])).rejects.toThrow(failsWith('22021'));
});

shows('collation-c', async () => {
  const client = await connect();
  const databases = await client.query('SELECT datcollate, datlocprovider FROM pg_database');
  for (const row of databases.rows) expect(row).toEqual({ datcollate: 'C', datlocprovider: 'c' });
  const sorted = await client.query(`SELECT s FROM unnest($1::text[]) AS s ORDER BY s`, [['b', 'ä', 'Z', 'a', '_', '中', '-']]);
  expect(sorted.rows.map(({ s }) => s)).toEqual(['-', 'Z', '_', 'a', 'b', 'ä', '中']);
});

shows('ctype-utf8', async () => {
  const client = await connect();
  expect(await one(client, 'SELECT datctype FROM pg_database WHERE datname = current_database()')).toMatch(/^C\.UTF-?8$/i);
  expect(await one(client, `SELECT lower('ÄÉ') || upper('ß中я')`)).toMatch(/^äé.*中Я$/);
});

shows('trigrams', async () => {
  const client = await connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
  expect(await one(client, `SELECT cardinality(show_trgm('茶壶'))`)).toBeGreaterThan(0);
  const table = `t_${randomUUID().replaceAll('-', '')}`;
  await client.query(
    `CREATE TABLE ${table} AS SELECT '商品 ' || n || CASE n WHEN 777 THEN ' 紫砂茶壶' ELSE '' END AS name FROM generate_series(1, 5000) n`,
  );
  await client.query(`CREATE INDEX ON ${table} USING gin (name gin_trgm_ops)`);
  await client.query(`ANALYZE ${table}`);
  const plan = await client.query(`EXPLAIN SELECT name FROM ${table} WHERE name ILIKE '%紫砂茶%'`);
  expect(JSON.stringify(plan.rows)).toContain('Bitmap Index Scan');
  expect(await one(client, `SELECT name FROM ${table} WHERE name ILIKE '%紫砂茶%'`)).toBe('商品 777 紫砂茶壶');
});

shows('more-extensions', async () => {
  const client = await connect();
  for (const name of [
    'btree_gin',
    'btree_gist',
    'pgcrypto',
    'pg_stat_statements',
    'postgres_fdw',
    'unaccent',
    'citext',
    'hstore',
    'ltree',
  ]) {
    await client.query(`CREATE EXTENSION IF NOT EXISTS ${name}`);
  }
});

shows('scram', async () => {
  const client = await connect();
  expect(await one(client, 'SHOW password_encryption')).toBe('scram-sha-256');
  await client.query(`CREATE ROLE guarded LOGIN PASSWORD 'right'`);
  expect(await one(client, `SELECT rolpassword FROM pg_authid WHERE rolname = 'guarded'`)).toMatch(/^SCRAM-SHA-256\$/);
  const url = target().superuserUrl();
  expect(await one(await connect(withRole(url, 'guarded', 'right')), 'SELECT current_user::text')).toBe('guarded');
  await expect(connect(withRole(url, 'guarded', 'wrong'))).rejects.toThrow(failsWith('28P01'));
  await expect(connect(withRole(url, 'nobody', 'x'))).rejects.toThrow(failsWith('28P01'));
  // Without a password the client stops where the server has asked it for one, and says by which method.
  await expect(connect(withRole(url, 'guarded', ''), { password: '' })).rejects.toThrow(/^SASL: SCRAM-SERVER-FIRST-MESSAGE/);
});

shows('roles', async () => {
  const url = target().superuserUrl();
  await provision(url, passwords);
  await provision(url, passwords);
  const database = withDatabase(url, databaseName);
  await withClient(withRole(database, 'migrator', 'm'), (client) => client.query('CREATE SCHEMA x CREATE TABLE t (n int)'));
  await expect(withClient(withRole(database, 'auth', 'a'), (client) => client.query('CREATE SCHEMA y'))).rejects.toThrow(
    failsWith('42501'),
  );
  await withClient(withRole(database, 'inspector', 'i'), async (client) => {
    expect((await client.query('SELECT * FROM x.t')).rows).toEqual([]);
    await expect(client.query('INSERT INTO x.t VALUES (1)')).rejects.toThrow(failsWith('42501'));
  });
});

shows('settings', async () => {
  const client = await connect();
  const names = ['TimeZone', 'fsync', 'synchronous_commit', 'full_page_writes', 'jit', 'wal_level'];
  const settings = await client.query('SELECT name, setting FROM pg_settings WHERE name = ANY($1)', [names]);
  expect(Object.fromEntries(settings.rows.map(({ name, setting }) => [name, setting]))).toMatchObject({
    TimeZone: 'UTC',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    jit: 'off',
  });
});

shows('transactions', async () => {
  const [a, b] = [await connect(), await connect()];
  const table = await makeTable(a, 2);
  await a.query('BEGIN');
  await a.query(`UPDATE ${table} SET value = n`);
  expect(await one(b, `SELECT sum(value)::int FROM ${table}`)).toBe(0);
  await a.query('COMMIT');
  expect(await one(b, `SELECT sum(value)::int FROM ${table}`)).toBe(3);
  await a.query('BEGIN');
  await a.query(`UPDATE ${table} SET value = 9`);
  await a.query('ROLLBACK');
  expect(await one(b, `SELECT sum(value)::int FROM ${table}`)).toBe(3);
});

shows('transactions', 'write skew', async () => {
  const [a, b] = [await connect(), await connect()];
  const table = await makeTable(a, 2);
  for (const client of [a, b]) {
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await client.query(`SELECT sum(value) FROM ${table}`);
  }
  await a.query(`UPDATE ${table} SET value = 1 WHERE n = 1`);
  await b.query(`UPDATE ${table} SET value = 1 WHERE n = 2`);
  await a.query('COMMIT');
  await expect(b.query('COMMIT')).rejects.toThrow(failsWith('40001'));
});

shows('transactions', 'deadlock', async () => {
  const [a, b] = [await connect(), await connect()];
  const table = await makeTable(a, 2);
  const update = (client: pg.Client, n: number): Promise<unknown> => client.query(`UPDATE ${table} SET value = 1 WHERE n = ${n}`);
  for (const client of [a, b]) await client.query('BEGIN');
  await update(a, 1);
  await update(b, 2);
  const outcomes = await Promise.allSettled([update(a, 2), update(b, 1)]);
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(refused).toEqual([failsWith('40P01')]);
});

shows('skip-locked', async () => {
  const workers = [await connect(), await connect(), await connect()];
  const table = await makeTable(workers[0]!, 300);
  const claimed = await Promise.all(
    workers.map(async (client) => {
      await client.query('BEGIN');
      const { rows } = await client.query(`SELECT n FROM ${table} ORDER BY n LIMIT 100 FOR UPDATE SKIP LOCKED`);
      return rows.map(({ n }) => n);
    }),
  );
  expect(claimed.map(({ length }) => length)).toEqual([100, 100, 100]);
  expect(new Set(claimed.flat()).size).toBe(300);
  expect((await (await connect()).query(`SELECT n FROM ${table} FOR UPDATE SKIP LOCKED`)).rows).toEqual([]);
});

shows('advisory-locks', async () => {
  const [a, b] = [await connect(), await connect()];
  expect(await one(a, 'SELECT pg_try_advisory_lock(42)')).toBe(true);
  expect(await one(b, 'SELECT pg_try_advisory_lock(42)')).toBe(false);
  const pid = await one(a, 'SELECT pg_backend_pid()');
  await b.query('SELECT pg_terminate_backend($1)', [pid]);
  await expect.poll(() => one(b, 'SELECT pg_try_advisory_lock(42)')).toBe(true);
});

shows('listen-notify', async () => {
  const [listener, speaker] = [await connect(), await connect()];
  const heard: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload));
  await listener.query('LISTEN news');
  await speaker.query('BEGIN');
  await speaker.query(`NOTIFY news, 'taken back'`);
  await speaker.query('ROLLBACK');
  await speaker.query('BEGIN');
  await speaker.query(`NOTIFY news, '中文 first'`);
  await listener.query('SELECT 1');
  expect(heard).toEqual([]);
  await speaker.query('COMMIT');
  await speaker.query(`SELECT pg_notify('news', 'second')`);
  await expect.poll(() => heard).toEqual(['中文 first', 'second']);
});

shows('timeouts', async () => {
  const client = await connect(target().superuserUrl(), { statement_timeout: 200, idle_in_transaction_session_timeout: 300 });
  await expect(client.query('SELECT pg_sleep(30)')).rejects.toThrow(failsWith('57014'));
  const ended = new Promise((resolve) => client.once('error', resolve));
  await client.query('BEGIN');
  await expect(ended).resolves.toMatchObject({ code: '25P03' });
});

refuses('tls', async () => {
  await expect(connect(target().superuserUrl(), { ssl: { rejectUnauthorized: false } })).rejects.toThrow(
    'The server does not support SSL connections',
  );
});

refuses('replication', async () => {
  const client = await connect();
  await expect(client.query(`SELECT pg_create_logical_replication_slot('s', 'pgoutput')`)).rejects.toThrow(failsWith('55000'));
  expect(await one(client, 'SHOW max_wal_senders')).toBe('0');
});

shows('client-programs', async () => {
  for (const name of ['psql', 'pg_dump', 'pgbench']) expect(await target().program(name, ['--version'])).toMatch(/PostgreSQL\) 17/);
});
