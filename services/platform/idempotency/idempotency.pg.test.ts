import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openRegionDatabase, silentLog, type RegionDatabase } from '../../testing/region-database.ts';
import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import { createHttpApp } from '../http.ts';
import { createIdempotencyTable } from './idempotency.repository.ts';
import { idempotentRequestOf } from './request.ts';
import { sendIdempotent, withIdempotency } from './with-idempotency.ts';

/** Of a machine that has other work too. */
const PATIENCE = { timeout: 20_000 };

const AT_ONCE = 50;

let region: RegionDatabase;
let owner: pg.Pool;
/** The superuser's. */
let server: pg.Pool;
let pool: pg.Pool;
let app: App;
/** What the work waits for, and what it does then. */
let during: () => Promise<void>;
let begun: number;
let key = 0;

const quiet = (error: unknown): void => void error;

beforeAll(async () => {
  region = await openRegionDatabase();
  owner = new pg.Pool({ connectionString: region.urls.roles.migrator, max: 2 });
  server = new pg.Pool({ connectionString: region.urls.url, max: 1 });
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool: owner }) });
  await createIdempotencyTable(db, 'catalog', 'catalog');
  await owner.query('CREATE TABLE catalog.effect (id text NOT NULL); GRANT SELECT, INSERT ON catalog.effect TO catalog');
  // A connection for each, so that they are really there at once.
  pool = new pg.Pool({ connectionString: region.urls.roles.catalog, max: AT_ONCE + 2 });
  pool.on('error', quiet).on('connect', (client) => void client.on('error', quiet));
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.end();
  await region.close();
});

beforeEach(() => {
  begun = 0;
  key += 1;
  during = async () => undefined;
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  app = createHttpApp({ name: 'catalog', routes: 'undeclared', log: silentLog, readiness: { draining: false, checks: {} } });
  app.post('/orders', async (request, reply) => {
    const scope = String(request.headers['x-account'] ?? 'ada');
    const isolation = request.headers['x-isolation'] === 'repeatable read' ? 'repeatable read' : 'read committed';
    const answer = await db
      .transaction()
      .setIsolationLevel(isolation)
      .execute(async (trx) => {
        if (isolation === 'repeatable read') await sql`SELECT 1 FROM catalog.effect`.execute(trx);
        await before();
        return withIdempotency(trx, idempotentRequestOf(request, { schema: 'catalog', scope }), async () => {
          begun += 1;
          await sql`INSERT INTO catalog.effect (id) VALUES (${`${key}`})`.execute(trx);
          await during();
          return { status: 201, headers: { location: `/orders/${begun}` }, body: { z: 'first', order: begun, amountMinor: 1_999 } };
        });
      });
    return sendIdempotent(reply, answer);
  });
});
afterEach(async () => {
  // What a connection kept of a key when it went back to its pool would be in the way of all others.
  const { rows } = await server.query(
    "SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
  );
  expect(rows[0].count).toBe(0);
});
/** What comes between the beginning of a transaction and the look for the key. */
let before = async (): Promise<void> => undefined;

const order = (options: { body?: unknown; key?: string; headers?: Record<string, string>; url?: string } = {}) =>
  app.inject({
    method: 'POST',
    url: options.url ?? '/orders',
    headers: { 'idempotency-key': options.key ?? `key-${key}`, 'content-type': 'application/json', ...options.headers },
    payload: JSON.stringify(options.body ?? { sku: 'A', quantity: 1 }),
  });

/** How often the work of this test has been done. */
async function effects(): Promise<number> {
  const { rows } = await owner.query('SELECT count(*)::int AS count FROM catalog.effect WHERE id = $1', [`${key}`]);
  return rows[0].count;
}
async function keys(): Promise<number> {
  const { rows } = await owner.query('SELECT count(*)::int AS count FROM catalog.idempotency_key WHERE key = $1', [`key-${key}`]);
  return rows[0].count;
}

function createGate(): { pass: () => Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { pass: () => opened, open };
}

describe('the same request under the same key', () => {
  it('is done once, and answered the same', async () => {
    const first = await order();
    expect([first.statusCode, first.headers['location'], first.headers['idempotency-replayed']]).toEqual([201, '/orders/1', undefined]);
    // Written in another way it asks for the same.
    for (const body of [
      { sku: 'A', quantity: 1 },
      { quantity: 1, sku: 'A' },
    ]) {
      const again = await order({ body, key: `"key-${key}"` });
      expect([again.statusCode, again.headers['location'], again.headers['idempotency-replayed']]).toEqual([201, '/orders/1', 'true']);
      expect(again.json()).toEqual(first.json());
    }
    expect(await effects()).toBe(1);
  });

  it(`is done once when it comes ${AT_ONCE} times at once: the others are told to come again, and nobody waits`, async () => {
    const gate = createGate();
    during = gate.pass;
    const sent = Array.from({ length: AT_ONCE }, () => order());
    let settled = 0;
    for (const one of sent) void one.then(() => (settled += 1));
    // All the others are answered while the one is still at work.
    await expect.poll(() => settled, { timeout: 20_000 }).toBe(AT_ONCE - 1);
    gate.open();
    const answers = await Promise.all(sent);
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    const refused = answers.filter(({ statusCode }) => statusCode === 409);
    expect(refused).toHaveLength(AT_ONCE - 1);
    for (const answer of refused) {
      expect(answer.json()).toMatchObject({ code: 'request_in_flight' });
      expect(answer.headers['retry-after']).toBe('1');
    }
    const replayed = await Promise.all(Array.from({ length: AT_ONCE }, () => order()));
    // Who only wants the answer is in nobody's way.
    for (const { statusCode, headers } of replayed) expect([statusCode, headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect([begun, await effects(), await keys()]).toEqual([1, 1, 1]);
  });

  it('is done once also when nothing holds it up, whoever comes first', async () => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => order()));
    expect(answers.filter(({ statusCode, headers }) => statusCode === 201 && headers['idempotency-replayed'] === undefined)).toHaveLength(
      1,
    );
    expect(answers.every(({ statusCode }) => statusCode === 201 || statusCode === 409)).toBe(true);
    expect([begun, await effects()]).toEqual([1, 1]);
  });

  it('is done once also by transactions that look at an older snapshot', async () => {
    const gate = createGate();
    let waiting = 0;
    before = async () => {
      waiting += 1;
      await gate.pass();
    };
    const late = order({ headers: { 'x-isolation': 'repeatable read' } });
    await expect.poll(() => waiting, PATIENCE).toBe(1);
    before = async () => undefined;
    expect((await order()).statusCode).toBe(201);
    gate.open();
    expect([409, 503]).toContain((await late).statusCode);
    expect([await effects(), await keys()]).toEqual([1, 1]);
  });
});

it('an answer that came to be in spite of the lock stays, and the work that missed it does not', async () => {
  during = async () => {
    await owner.query(
      `INSERT INTO catalog.idempotency_key (scope, key, request_hash, status, headers, response, expires_at)
       SELECT 'ada', $1, '', 200, '{}', '"theirs"', now() + interval '1 hour'`,
      [`key-${key}`],
    );
  };
  expect((await order()).json()).toMatchObject({ code: 'request_in_flight' });
  expect(await effects()).toBe(0);
  const { rows } = await owner.query('SELECT response FROM catalog.idempotency_key WHERE key = $1', [`key-${key}`]);
  expect(rows).toEqual([{ response: 'theirs' }]);
});

describe('what is no repetition', () => {
  it.each([
    ['body', { body: { sku: 'A', quantity: 2 } }],
    ['query', { url: '/orders?quick=1' }],
  ])('another %s under a key that is taken is refused', async (_what, other) => {
    const first = await order();
    const refused = await order(other);
    expect([refused.statusCode, refused.json().code]).toEqual([422, 'idempotency_key_reused']);
    expect((await order()).json()).toEqual(first.json());
    expect(await effects()).toBe(1);
  });

  it('the same key of another account is another key, also while the first is at work', async () => {
    const gate = createGate();
    during = gate.pass;
    const sent = ['ada', 'bob'].map((account) => order({ headers: { 'x-account': account } }));
    await expect.poll(() => begun, PATIENCE).toBe(2);
    gate.open();
    for (const answer of await Promise.all(sent))
      expect([answer.statusCode, answer.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect(await effects()).toBe(2);
  });

  it('without a key nothing is done', async () => {
    const answer = await app.inject({ method: 'POST', url: '/orders', payload: {} });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'idempotency_key_missing']);
    expect(await effects()).toBe(0);
  });
});

describe('work that fails', () => {
  it('leaves nothing, the key neither, and may be tried again', async () => {
    during = async () => Promise.reject(new AppError('in_use'));
    expect((await order()).json()).toMatchObject({ code: 'in_use' });
    expect([await effects(), await keys()]).toEqual([0, 0]);
    during = async () => undefined;
    // With another body too: the key was never taken.
    expect((await order({ body: { sku: 'B' } })).statusCode).toBe(201);
    expect(await effects()).toBe(1);
  });

  it('with its connection leaves nothing', async () => {
    during = async () => {
      await server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'catalog' AND state = 'idle in transaction'",
      );
    };
    expect((await order()).statusCode).toBeGreaterThanOrEqual(500);
    during = async () => undefined;
    await expect.poll(async () => (await order()).statusCode, PATIENCE).toBe(201);
    expect([await effects(), await keys()]).toEqual([1, 1]);
  });
});

describe('after its time', () => {
  it('a key is new, and what is over is removed along with other requests', async () => {
    await order();
    const { rows } = await owner.query('SELECT expires_at - created_at AS kept FROM catalog.idempotency_key WHERE key = $1', [
      `key-${key}`,
    ]);
    expect(rows[0].kept).toMatchObject({ days: 1 });
    await owner.query("UPDATE catalog.idempotency_key SET expires_at = now() - interval '1 second' WHERE key = $1", [`key-${key}`]);
    const anew = await order({ body: { sku: 'B' } });
    expect([anew.statusCode, anew.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect((await order({ body: { sku: 'B' } })).headers['idempotency-replayed']).toBe('true');
    expect(await effects()).toBe(2);
    await owner.query(`
      INSERT INTO catalog.idempotency_key (scope, key, request_hash, status, headers, expires_at)
      SELECT 'old', n::text, '', 201, '{}', now() - interval '1 minute' FROM generate_series(1, 50) n`);
    const left = async (): Promise<number> =>
      (await owner.query("SELECT count(*)::int AS count FROM catalog.idempotency_key WHERE scope = 'old'")).rows[0].count;
    for (const [more, wanted] of [
      ['one', 30],
      ['two', 10],
      ['three', 0],
    ] as const) {
      await order({ key: `${key}-${more}` });
      expect(await left()).toBe(wanted);
    }
    expect(await keys()).toBe(1);
  });
});
