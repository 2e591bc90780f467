import pg from 'pg';
import { expect } from 'vitest';

import { openDatabase, type Database } from '#platform/db.ts';
import { createLogger } from '#platform/log.ts';
import { cacheSecrets } from '#platform/secrets/cache.ts';
import { withClient } from '#sim/postgres/provision.ts';
import { postgres } from '../../behaviours/postgres.ts';
import { startPostgres } from '../../components/postgres.ts';
import { conformance } from '../../frame/conformance.ts';

const { target, shows } = conformance(postgres, startPostgres);
const query = <Row extends pg.QueryResultRow>(sql: string): Promise<pg.QueryResult<Row>> =>
  withClient(target().superuserUrl(), (client) => client.query<Row>(sql));

/** Commits one row after the other until the connection breaks; answers the numbers whose commit was acknowledged. */
async function commitUntilBroken(writer: number, onCommit: () => void): Promise<number[]> {
  const acknowledged: number[] = [];
  const client = new pg.Client({ connectionString: target().superuserUrl() });
  client.on('error', () => undefined);
  await client.connect();
  for (let n = 1; ; n += 1) {
    try {
      await client.query('INSERT INTO ledger VALUES ($1, $2)', [writer, n]);
    } catch {
      return acknowledged;
    }
    acknowledged.push(n);
    onCommit();
  }
}

shows('durability-kill', async () => {
  await query('CREATE TABLE ledger (writer int, n int, PRIMARY KEY (writer, n)); CREATE TABLE pending (n int)');
  const open = new pg.Client({ connectionString: target().superuserUrl() });
  open.on('error', () => undefined);
  await open.connect();
  await open.query('BEGIN');
  await open.query('INSERT INTO pending SELECT generate_series(1, 1000)');
  let commits = 0;
  const enough = Promise.withResolvers<void>();
  const writers = [1, 2, 3, 4].map((writer) =>
    commitUntilBroken(writer, () => {
      commits += 1;
      if (commits === 400) enough.resolve();
    }),
  );
  await enough.promise;
  await target().kill();
  const acknowledged = await Promise.all(writers);
  await target().start();

  const { rows } = await query<{ writer: number; n: number }>('SELECT writer, n FROM ledger');
  const kept = new Set(rows.map(({ writer, n }) => `${writer}:${n}`));
  const lost = acknowledged.flatMap((numbers, index) => numbers.map((n) => `${index + 1}:${n}`)).filter((name) => !kept.has(name));
  expect(lost).toEqual([]);
  // One statement a writer may have been committed without its answer getting through.
  expect(kept.size).toBeLessThanOrEqual(acknowledged.flat().length + writers.length);
  expect((await query('SELECT * FROM pending')).rows).toEqual([]);
});

shows('restart', async () => {
  await query(`CREATE ROLE survivor LOGIN PASSWORD 'kept'; CREATE TABLE kept AS SELECT 1 AS one`);
  for (let round = 0; round < 2; round += 1) {
    await target().kill();
    await expect(query('SELECT 1')).rejects.toThrow();
    await target().start();
  }
  const url = new URL(target().superuserUrl());
  [url.username, url.password] = ['survivor', 'kept'];
  expect((await withClient(url.href, (client) => client.query('SELECT current_user::text AS name'))).rows).toEqual([{ name: 'survivor' }]);
  expect((await query('SELECT one FROM kept')).rows).toEqual([{ one: 1 }]);
});

/** The services' own pool, for a role whose password the test keeps. */
async function openAs(role: string, passwordOf: () => string, pipelined = false): Promise<Database<Record<string, never>>> {
  const url = new URL(target().superuserUrl());
  [url.username, url.password] = ['', ''];
  const secrets = cacheSecrets({
    get: async () => JSON.stringify({ username: role, password: passwordOf() }),
    close: () => undefined,
  });
  const database = await openDatabase<Record<string, never>>({
    url: url.href,
    service: role,
    secrets,
    log: createLogger({ level: 'silent', region: 'world' }),
    maxConnections: 2,
    pipelined,
    statementTimeoutMs: 500,
  });
  return { ...database, close: async () => (secrets.invalidate(`madeinworld/database/${role}`), database.close()) };
}

shows('production-client', async () => {
  let password = 'first';
  await query(`CREATE ROLE service LOGIN PASSWORD 'first'`);
  const before = await openAs('service', () => password);
  await before.ping();
  const { rows } = await before.pool.query(
    `SELECT 9223372036854775807::int8 AS version, '2026-01-02 03:04:05.678901+08'::timestamptz AS at, '2026-01-02'::date AS day`,
  );
  expect(rows).toEqual([{ version: '9223372036854775807', at: '2026-01-01 19:04:05.678901+00', day: '2026-01-02' }]);
  await expect(before.pool.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  await before.close();

  password = 'second';
  await query(`ALTER ROLE service PASSWORD 'second'`);
  const after = await openAs('service', () => password);
  await after.ping();
  await after.close();
  const stale = await openAs('service', () => 'first');
  await expect(stale.ping()).rejects.toMatchObject({ code: '28P01' });
  await stale.close();
});

shows('pipelining', async () => {
  await query(`CREATE ROLE piper LOGIN PASSWORD 'p'`);
  const database = await openAs('piper', () => 'p', true);
  const client = await database.pool.connect();
  try {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => client.query<{ n: number }>('SELECT $1::int AS n', [n])));
    expect(answers.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  } finally {
    client.release();
    await database.close();
  }
});
