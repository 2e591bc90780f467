import pg from 'pg';

import { productIdOf } from '#contracts/ids.ts';
import type { Region } from '#contracts/regions.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/db.ts';

import { addStore } from '../../testing/catalogue-rows.ts';
import { callerFor, collectFaults, type Call } from '../../testing/http.ts';
import { openRegionDatabase, silentLog, type RegionDatabase } from '../../testing/region-database.ts';
import { makeTokens } from '../../testing/tokens.ts';
import { buildOrderApp } from '../app.ts';
import type { OrderDeps } from '../deps.ts';
import { openSandbox, type TestSandbox } from './sandbox.ts';

export { bodyOf } from '../../testing/http.ts';

/** The order service on a database of the test's own, with a catalogue and stock that the test fills, and the payment sandbox. */
export interface Scene {
  readonly app: App;
  readonly deps: OrderDeps;
  readonly region: RegionDatabase;
  readonly database: Database<Record<string, never>>;
  /** The superuser, for looking behind the curtain. */
  readonly inspect: pg.Pool;
  readonly sandbox: TestSandbox;
  readonly call: Call;
  /** Puts a store into the catalogue. */
  store(id: string): Promise<void>;
  /** Puts a product into the catalogue, or gives it another price, and into stock where a number is given; answers its id. */
  product(sku: string, amountMinor: number, options?: { readonly currency?: string; readonly onHand?: number }): Promise<string>;
  /** Takes a product out of the catalogue. */
  withdraw(productId: string): Promise<void>;
  /** Throws where an answer was not as declared. */
  close(): Promise<void>;
}

export const ONLINE_STORE = '00000000-0000-5000-8000-00000000000a';

export async function openScene(region: Region = 'world', overrides: Partial<OrderDeps> = {}): Promise<Scene> {
  const regionDatabase = await openRegionDatabase(region);
  const database = await regionDatabase.open<Record<string, never>>('orders');
  const inspect = new pg.Pool({ connectionString: regionDatabase.urls.url, max: 4 });
  const store = async (id: string): Promise<void> => addStore(inspect, id);
  await store(ONLINE_STORE);
  await inspect.query('SELECT inventory.choose_online_store($1)', [ONLINE_STORE]);
  const tokens = await makeTokens(region);
  const faults = collectFaults();
  const sandbox = await openSandbox();
  const deps: OrderDeps = {
    region,
    db: database.db,
    access: tokens.access,
    publisher: { afterCommit: async () => undefined },
    provider: sandbox.provider,
    callbackSecret: async () => sandbox.callbackSecret,
    nudge: () => undefined,
    log: silentLog,
    readiness: { draining: false, checks: { postgres: database.ping } },
    report: faults.report,
    ...overrides,
  };
  const app = buildOrderApp(deps);
  sandbox.leadTo(`${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/payments/callbacks`);
  return {
    app,
    deps,
    region: regionDatabase,
    database,
    inspect,
    sandbox,
    call: callerFor(app, tokens),
    store,
    async product(sku, amountMinor, { currency = 'GBP', onHand } = {}) {
      const id = productIdOf(sku);
      await inspect.query(
        `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, $2, $3, $4, $5, now())
         ON CONFLICT (id) DO UPDATE SET price_minor = excluded.price_minor, currency = excluded.currency`,
        [id, sku, `Product ${sku}`, amountMinor, currency],
      );
      if (onHand !== undefined) {
        await inspect.query(
          `INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, $3)
           ON CONFLICT (store_id, product_id) DO UPDATE SET on_hand = excluded.on_hand`,
          [ONLINE_STORE, id, onHand],
        );
      }
      return id;
    },
    async withdraw(productId) {
      await inspect.query('DELETE FROM catalog.product WHERE id = $1', [productId]);
    },
    async close() {
      await sandbox.settled();
      await app.close();
      await sandbox.close();
      await inspect.end();
      await regionDatabase.close();
      faults.assertNone();
    },
  };
}
