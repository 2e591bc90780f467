import pg from 'pg';

import { productIdOf } from '#contracts/ids.ts';
import type { Logger } from '#platform/log.ts';

import { addStore } from '../catalogue-rows.ts';
import { openEveryApp, type EveryApp } from '../every-app.ts';

export const ONLINE_STORE = '00000000-0000-5000-8000-00000000000a';

/** The six services, which believe the tokens that auth gives, with a product that can be bought. */
export interface OpenShop {
  /** Puts another product on the shelf of the online store. */
  stock(sku: string): Promise<string>;
  readonly every: EveryApp;
  /** The superuser, for what no route does. */
  readonly database: pg.Client;
  readonly productId: string;
  close(): Promise<void>;
}

export async function openShop(log: Logger): Promise<OpenShop> {
  const every = await openEveryApp(log, { tokens: 'auth' });
  const database = new pg.Client({ connectionString: every.region.urls.url });
  await database.connect();
  await addStore(database, ONLINE_STORE, { code: 'ONLINE' });
  await database.query('SELECT inventory.choose_online_store($1)', [ONLINE_STORE]);
  const stock = async (sku: string): Promise<string> => {
    const id = productIdOf(sku);
    await database.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, $2, 'Owned', 250, 'GBP', now())`,
      [id, sku],
    );
    await database.query('INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, 100000)', [ONLINE_STORE, id]);
    return id;
  };
  const productId = await stock('OWNED-1');
  return {
    every,
    database,
    productId,
    stock,
    async close() {
      await database.end();
      await every.close();
    },
  };
}
