import pg from 'pg';

import { productIdOf } from '#contracts/ids.ts';
import type { Region } from '#contracts/regions.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/db.ts';

import { callerFor, collectFaults, type Call } from '../../testing/http.ts';
import { openRegionDatabase, silentLog, type RegionDatabase } from '../../testing/region-database.ts';
import { makeTokens } from '../../testing/tokens.ts';
import { buildOrderApp } from '../app.ts';

export { bodyOf } from '../../testing/http.ts';

/** The order service on a database of the test's own, with a catalogue that the test fills. */
export interface Scene {
  readonly app: App;
  readonly region: RegionDatabase;
  readonly database: Database<Record<string, never>>;
  /** The superuser, for looking behind the curtain. */
  readonly inspect: pg.Pool;
  readonly call: Call;
  /** Puts a product into the catalogue, or gives it another price; answers its id. */
  product(sku: string, amountMinor: number, currency?: string): Promise<string>;
  /** Takes a product out of the catalogue. */
  withdraw(productId: string): Promise<void>;
  /** Throws where an answer was not as declared. */
  close(): Promise<void>;
}

export async function openScene(region: Region = 'world'): Promise<Scene> {
  const regionDatabase = await openRegionDatabase(region);
  const database = await regionDatabase.open<Record<string, never>>('orders');
  const catalog = await regionDatabase.open<Record<string, never>>('catalog');
  const inspect = new pg.Pool({ connectionString: regionDatabase.urls.url, max: 4 });
  const tokens = await makeTokens(region);
  const faults = collectFaults();
  const app = buildOrderApp({
    region,
    db: database.db,
    access: tokens.access,
    publisher: { afterCommit: async () => undefined },
    log: silentLog,
    readiness: { draining: false, checks: { postgres: database.ping } },
    report: faults.report,
  });
  return {
    app,
    region: regionDatabase,
    database,
    inspect,
    call: callerFor(app, tokens),
    async product(sku, amountMinor, currency = 'GBP') {
      const id = productIdOf(sku);
      await catalog.pool.query(
        `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, $2, $3, $4, $5, now())
         ON CONFLICT (id) DO UPDATE SET price_minor = excluded.price_minor, currency = excluded.currency`,
        [id, sku, `Product ${sku}`, amountMinor, currency],
      );
      return id;
    },
    async withdraw(productId) {
      await catalog.pool.query('DELETE FROM catalog.product WHERE id = $1', [productId]);
    },
    async close() {
      await app.close();
      await inspect.end();
      await regionDatabase.close();
      faults.assertNone();
    },
  };
}
