import { randomBytes } from 'node:crypto';

import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';
import { withClient } from '#sim/postgres/provision.ts';

import { openDatabase, type Database } from './db.ts';
import { createLogger } from './log.ts';
import { cacheSecrets } from './secrets/cache.ts';

const log = createLogger({ level: 'silent', region: 'test' });
const role = `rotated_${randomBytes(4).toString('hex')}`;
let test: TestDatabase;
let stored: string;
let reads: number;
let database: Database<Record<string, never>>;

const setPassword = (password: string) => withClient(test.url, (client) => client.query(`ALTER ROLE ${role} PASSWORD '${password}'`));

beforeEach(async () => {
  test = await createTestDatabase();
  await withClient(test.url, (client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'one'`));
  stored = 'one';
  reads = 0;
  const secrets = cacheSecrets({
    async get() {
      reads += 1;
      return JSON.stringify({ username: role, password: stored });
    },
    close: () => undefined,
  });
  database = await openDatabase({ url: test.url, service: 'any', secrets, log });
});
afterEach(async () => {
  await database.close();
  await test.drop();
  const serverUrl = new URL(test.url);
  serverUrl.pathname = '/postgres';
  await withClient(serverUrl.href, (client) => client.query(`DROP ROLE ${role}`));
});

describe('a pool whose password is rotated', () => {
  it('connects with the new one, though the old one is still cached', async () => {
    await database.ping();
    await setPassword('two');
    stored = 'two';
    // Both ways in, on connections that are new.
    const held = await database.pool.connect();
    const other = database.pool.query('SELECT current_user AS name');
    expect((await other).rows).toEqual([{ name: role }]);
    held.release();
    const many = await Promise.all(Array.from({ length: 8 }, () => database.pool.connect()));
    for (const client of many) client.release();
    // The first refusals ask the store, at the same time once; whoever comes later finds the new one in the cache.
    expect(reads).toBeLessThan(6);
  });

  it('waits for a store that is a moment behind the database', async () => {
    await setPassword('two');
    const connecting = Promise.all([database.pool.connect(), database.ping()]);
    setTimeout(() => (stored = 'two'), 30);
    const [client] = await connecting;
    client.release();
  });

  it('tells of a password that is wrong for good, and does not ask for ever', async () => {
    await setPassword('other');
    await expect(database.ping()).rejects.toMatchObject({ code: '28P01' });
    expect(reads).toBeLessThanOrEqual(5);
  });

  it('is told of every other refusal at once', async () => {
    await withClient(test.url, (client) => client.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`));
    await expect(database.ping()).rejects.toMatchObject({ code: '53300' });
    expect(reads).toBe(1);
  });
});

describe('a statement that comes again', () => {
  const ask = async (n: number): Promise<unknown> =>
    (await sql<{ twice: number }>`SELECT ${n}::int * 2 AS twice FROM asked`.execute(database.db)).rows;
  const prepared = async (): Promise<unknown> => (await database.pool.query('SELECT statement FROM pg_prepared_statements')).rows;

  it('is prepared once it has been seen a few times, with its own values each time, and sees a table that has changed', async () => {
    await withClient(test.url, (client) => client.query(`CREATE TABLE asked AS SELECT 1 AS one; GRANT SELECT ON asked TO ${role}`));
    for (let n = 1; n <= 3; n += 1) expect(await ask(n)).toEqual([{ twice: 2 * n }]);
    expect(await prepared()).toEqual([]);
    for (let n = 4; n <= 12; n += 1) expect(await ask(n)).toEqual([{ twice: 2 * n }]);
    expect(await prepared()).toEqual([{ statement: 'SELECT $1::int * 2 AS twice FROM asked' }]);
    await withClient(test.url, (client) => client.query('ALTER TABLE asked ADD COLUMN more int; INSERT INTO asked VALUES (2, 2)'));
    expect(await ask(1)).toEqual([{ twice: 2 }, { twice: 2 }]);
  });
});
