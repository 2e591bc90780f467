/**
 * Goal: the migrations of short closures run while the release before works on, in whatever order it takes its tables: each transaction that is under way and each migration
 * end well, at the first try.
 * Method: a transaction of that release stands open between two of its statements until a migration waits for it, or none does. Planted once: all of it in one migration.
 */
import { randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { createLogger } from '#platform/log.ts';
import { migrate, type MigrationSet } from '#platform/migrate.ts';
import { createTestDatabase, type DatabaseUrls, type TestDatabase } from '#sim/checks/pg-database.ts';
import { migrations as sync, setRegion } from '#sync/migrations/index.ts';

import { domains } from '../../migrate.ts';
import { silentLog } from '../../testing/region-database.ts';
import { migrations } from './index.ts';

const openMigrator = ({ roles }: DatabaseUrls): Kysely<Record<string, never>> =>
  new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: roles.migrator, max: 2 }) }) });

/** The release before: every migration but those of this one. */
async function build(urls: DatabaseUrls): Promise<void> {
  const db = openMigrator(urls);
  await migrate(db, sync, silentLog);
  await setRegion(db, 'world');
  const before: MigrationSet = {
    ...migrations,
    migrations: Object.fromEntries(Object.entries(migrations.migrations).filter(([name]) => name < '0017')),
  };
  for (const set of domains) await migrate(db, set.schema === before.schema ? before : set, silentLog);
  await db.destroy();
}

let database: TestDatabase;
let db: Kysely<Record<string, never>>;
let service: pg.Client;
let inspect: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase({ template: { name: 'before_short_closures', build } });
  db = openMigrator(database);
  service = new pg.Client({ connectionString: database.roles.orders });
  inspect = new pg.Client({ connectionString: database.url });
  await Promise.all([service.connect(), inspect.connect()]);
}, 60_000);
afterEach(async () => {
  await Promise.all([service?.end(), inspect?.end(), db?.destroy()]);
  await database?.drop();
});

const order = (id: string): string => `
  INSERT INTO orders.order (id, number, cart_id, state, payment_state, fulfilment_state, currency, country, tax_basis_points,
    shipping_net_minor, shipping_tax_minor, net_minor, tax_minor, total_minor, expires_at)
  VALUES ('${id}', '${id}', gen_random_uuid(), 'pending', 'none', 'none', 'EUR', 'DE', 0, 0, 0, 5, 0, 5, now())`;
const line = (id: string): string => `
  INSERT INTO orders.order_line (order_id, line, product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor)
  VALUES ('${id}', 1, gen_random_uuid(), 'A', 'A', 5, 1, 5, 0, 5)`;
const payment = (id: string): string =>
  `INSERT INTO orders.payment (id, order_id, state, amount_minor, currency) VALUES ('${id}', '${id}', 'captured', 5, 'EUR')`;
const refund = (id: string): string =>
  `INSERT INTO orders.refund (id, payment_id, cause, amount_minor) VALUES (gen_random_uuid(), '${id}', 'cancelled', 5)`;

const id = randomUUID();
const there = [order(id), line(id), payment(id), refund(id)];
const buyer = randomUUID();
const lock = `SELECT FROM orders.order WHERE id = '${id}' FOR UPDATE`;
const change = `UPDATE orders.order SET version = version + 1 WHERE id = '${id}'`;

it.each([
  { who: 'a checkout', first: [order(buyer)], rest: [line(buyer)] },
  {
    who: 'a cancellation',
    first: [lock, change],
    rest: [`UPDATE orders.order_line SET returned = 0 WHERE order_id = '${id}'`, refund(id)],
  },
  { who: 'a shipment', first: [lock, `UPDATE orders.order_line SET shipped = 1 WHERE order_id = '${id}'`], rest: [change] },
  { who: 'a refund that is settled', first: [`UPDATE orders.refund SET state = 'done' WHERE payment_id = '${id}'`], rest: [lock, change] },
])('$who', async ({ first, rest }) => {
  for (const statement of there) await service.query(statement);
  await service.query('BEGIN');
  for (const statement of first) await service.query(statement);
  const warned: string[] = [];
  const log = createLogger({ level: 'warn', region: 'test', destination: { write: (text) => void warned.push(text) } });
  let isDone = false;
  const migrated = migrate(db, migrations, log).finally(() => (isDone = true));
  migrated.catch(() => undefined);
  while (!isDone && !(await aMigrationWaits()));
  for (const statement of rest) await service.query(statement);
  await service.query('COMMIT');
  await migrated;
  expect(warned).toEqual([]);
  const { rows } = await inspect.query<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE NOT convalidated AND connamespace = 'orders'::regnamespace`,
  );
  expect(rows).toEqual([]);
  expect((await inspect.query('SELECT FROM orders.order_line WHERE short_closed = 0')).rowCount).toBeGreaterThan(0);
});

async function aMigrationWaits(): Promise<boolean> {
  const { rowCount } = await inspect.query(
    `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() AND l.locktype = 'relation' AND NOT l.granted`,
  );
  return (rowCount ?? 0) > 0;
}
