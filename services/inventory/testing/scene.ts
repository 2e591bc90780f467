import { randomUUID } from 'node:crypto';

import pg from 'pg';

import type { Region } from '#contracts/regions.ts';
import type { Database } from '#platform/db.ts';

import { addStore } from '../../testing/catalogue-rows.ts';
import { callerFor, collectFaults, type Call } from '../../testing/http.ts';
import { openRegionDatabase, silentLog, type RegionDatabase } from '../../testing/region-database.ts';
import { makeTokens } from '../../testing/tokens.ts';
import { buildInventoryApp } from '../app.ts';
import { offered, type Offered } from './offered.ts';

export { bodyOf } from '../../testing/http.ts';

/** The inventory service on a database of the test's own, and the functions that it offers, called as orders does. */
export interface Scene {
  readonly region: RegionDatabase;
  readonly database: Database<Record<string, never>>;
  /** Connections of the role of orders. */
  readonly orders: pg.Pool;
  readonly offered: Offered;
  /** The superuser, for looking behind the curtain. */
  readonly inspect: pg.Pool;
  readonly call: Call;
  /** How often a write was published. */
  readonly published: () => number;
  /** A new store of the catalogue. */
  store(id?: string): Promise<string>;
  /** A new product of the catalogue, of which there is nothing. */
  listed(id?: string): Promise<string>;
  /** Puts so many of a new product into a store, by a receipt; answers its id. */
  product(onHand: number, storeId?: string): Promise<string>;
  /** What a store has: [on hand, reserved]. */
  stock(productId: string, storeId?: string): Promise<readonly [number, number]>;
  /** Throws where an answer was not as declared. */
  close(): Promise<void>;
}

/** The online store of every scene. */
export const ONLINE = '00000000-0000-5000-8000-00000000000a';
export const BRANCH = '00000000-0000-5000-8000-00000000000b';

export async function openScene(name: Region = 'world'): Promise<Scene> {
  const region = await openRegionDatabase(name);
  const database = await region.open<Record<string, never>>('inventory');
  const orders = new pg.Pool({ connectionString: region.urls.roles.orders, max: 40, statement_timeout: 20_000 });
  const inspect = new pg.Pool({ connectionString: region.urls.url, max: 4, statement_timeout: 20_000, options: '-c TimeZone=UTC' });
  // Of a backend that a test ends, the next statement tells.
  for (const pool of [orders, inspect]) {
    pool.on('error', () => undefined);
    pool.on('connect', (client) => void client.on('error', () => undefined));
  }
  const tokens = await makeTokens(name);
  const faults = collectFaults();
  let published = 0;
  const app = buildInventoryApp({
    db: database.db,
    access: tokens.access,
    publisher: {
      async afterCommit() {
        published += 1;
      },
    },
    log: silentLog,
    readiness: { draining: false, checks: { postgres: database.ping } },
    report: faults.report,
  });
  const call = callerFor(app, tokens);
  const store = async (id: string = randomUUID()): Promise<string> => {
    await addStore(inspect, id);
    return id;
  };
  const listed = async (id: string = randomUUID()): Promise<string> => {
    await inspect.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, $1::uuid::text, 'Product', 500, 'GBP', now())`,
      [id],
    );
    return id;
  };
  for (const id of [ONLINE, BRANCH]) await store(id);
  await database.pool.query('SELECT inventory.choose_online_store($1)', [ONLINE]);
  return {
    region,
    database,
    orders,
    offered: offered(orders),
    inspect,
    call,
    store,
    listed,
    published: () => published,
    async product(onHand, storeId = ONLINE) {
      const productId = await listed();
      const body = { storeId, lines: [{ productId, quantity: onHand }] };
      const { status } = await call('POST', '/v1/receipts', { as: 'warehouse', body, idempotencyKey: randomUUID() });
      if (status !== 201) throw new Error(`a receipt was answered ${status}`);
      return productId;
    },
    async stock(productId, storeId = ONLINE) {
      const { rows } = await inspect.query<{ on_hand: number; reserved: number }>(
        'SELECT on_hand, reserved FROM inventory.stock WHERE store_id = $1 AND product_id = $2',
        [storeId, productId],
      );
      return [rows[0]?.on_hand ?? 0, rows[0]?.reserved ?? 0];
    },
    async close() {
      await app.close();
      await orders.end();
      await inspect.end();
      await region.close();
      faults.assertNone();
    },
  };
}
