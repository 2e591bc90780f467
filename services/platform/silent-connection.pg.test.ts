/**
 * Goal: a statement ends at its time limit, by the server or without it; whoever asked is told to come again, and who comes next gets a connection that works.
 * Method: PostgreSQL behind a relay that can fall silent, as a firewall does which has forgotten a connection. Planted once each: a connection that goes back to the pool
 * with its statement, and a failure that is answered as a server's error.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';

import { silentLog } from '../testing/region-database.ts';
import { openDatabase, type Database } from './db.ts';
import { appErrorOf } from './problems.ts';
import { cacheSecrets } from './secrets/cache.ts';

const STATEMENT_TIMEOUT_MS = 300;
const unavailable = { code: 'unavailable', status: 503, headers: { 'retry-after': '1' } };

let test: TestDatabase;
let relay: Server;
let database: Database<Record<string, never>>;
let pipelined: Database<Record<string, never>>;
const open = new Set<Socket>();
const silent = new Set<Socket>();
/** The connections that there are say nothing more, either way, and are not closed. */
const fallSilent = (): void => open.forEach((socket) => silent.add(socket));

beforeAll(async () => {
  test = await createTestDatabase();
  const { hostname, port, username, password } = new URL(test.url);
  relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    open.add(client);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => silent.has(client) || to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => silent.has(client) || to.destroy());
    }
    client.on('close', () => (open.delete(client), server.destroy()));
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const url = new URL(test.url);
  url.port = String(typeof address === 'object' ? address?.port : '');
  const login = JSON.stringify({ username: decodeURIComponent(username), password: decodeURIComponent(password) });
  const secrets = cacheSecrets({ get: async () => login, close: () => undefined });
  const options = {
    url: url.href,
    service: 'any',
    secrets,
    log: silentLog,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    maxConnections: 1,
  };
  database = await openDatabase(options);
  pipelined = await openDatabase({ ...options, pipelined: true });
});
afterAll(async () => {
  await Promise.all([database.close(), pipelined.close()]);
  relay.close();
  await test.drop();
});
beforeEach(async () => {
  // Of the test before, and of both pools.
  for (const socket of silent) socket.destroy();
  for (const { ping } of [database, pipelined])
    await expect
      .poll(() =>
        ping().then(
          () => 'answers',
          () => 'does not',
        ),
      )
      .toBe('answers');
});

/** What a client is told of work that fails. */
const toldOf = (work: (db: Database<Record<string, never>>['db']) => Promise<unknown>) =>
  work(database.db).then(
    () => 'done',
    (error: unknown) => appErrorOf(error),
  );

it('a statement that takes longer than it may is ended by the server, also within a transaction', async () => {
  const sleep = sql`SELECT pg_sleep(60)`;
  expect(await toldOf((db) => sleep.execute(db))).toMatchObject(unavailable);
  expect(await toldOf((db) => db.transaction().execute((transaction) => sleep.execute(transaction)))).toMatchObject(unavailable);
});

describe('a connection that says nothing more', () => {
  it('fails its statement, and nobody else has to wait for it', async () => {
    fallSilent();
    expect(await toldOf((db) => sql`SELECT 1`.execute(db))).toMatchObject(unavailable);
    expect(await toldOf((db) => sql`SELECT 1`.execute(db))).toBe('done');
  });

  it('fails all that waits in its pipeline, and nobody else has to wait for it', async () => {
    const client = await pipelined.pool.connect();
    fallSilent();
    const before = open.size;
    const waiting = await Promise.allSettled([client.query('SELECT 1'), client.query('SELECT $1::int', [2])]);
    client.release();
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect.poll(() => open.size).toBe(before - 1);
    await pipelined.ping();
  });

  it('fails what the pool asks by itself, and nobody else has to wait for it', async () => {
    fallSilent();
    await expect(database.ping()).rejects.toThrow('Query read timeout');
    await database.ping();
  });

  it('fails its transaction, and nobody else has to wait for it', async () => {
    const told = await toldOf((db) =>
      db.transaction().execute(async (transaction) => {
        fallSilent();
        await sql`SELECT 1`.execute(transaction);
      }),
    );
    expect(told).toMatchObject(unavailable);
    expect(await toldOf((db) => sql`SELECT 1`.execute(db))).toBe('done');
  });
});

it('a transaction whose connection the server has ended is to come again', async () => {
  const told = await toldOf((db) =>
    db.transaction().execute(async (transaction) => {
      await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(transaction).catch(() => undefined);
      await sql`SELECT 1`.execute(transaction);
    }),
  );
  expect(told).toMatchObject(unavailable);
});

it('a write that the server does not take for the moment is to come again', async () => {
  const told = await toldOf((db) =>
    db.transaction().execute(async (transaction) => {
      await sql`SET TRANSACTION READ ONLY`.execute(transaction);
      await sql`CREATE TABLE public.never ()`.execute(transaction);
    }),
  );
  expect(told).toMatchObject(unavailable);
});
