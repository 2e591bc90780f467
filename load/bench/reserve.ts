import { randomInt, randomUUID } from 'node:crypto';

import pg from 'pg';

import { withRole } from '#sim/postgres/provision.ts';

import { quantile } from './quantile.ts';
import { withServices } from './services/rig.ts';

const CONNECTIONS = 8;
const LINES = 3;
const SECONDS = 5;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const idOf = (n: number): string => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;
const STORE = idOf(0);

/** Puts plenty of each product into the online store. */
async function stockUp(superuserUrl: string, products: number): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  await client.query('SELECT inventory.choose_online_store($1)', [STORE]);
  const ids = Array.from({ length: products }, (_, n) => idOf(n + 1));
  await client.query('SELECT inventory.lock_stock(array_fill($1::uuid, ARRAY[$2::int]), $3)', [STORE, products, ids]);
  await client.query('UPDATE inventory.stock SET on_hand = 1000000');
  await client.query('VACUUM ANALYZE inventory.stock');
  await client.end();
}

/** Reserves on `CONNECTIONS` connections for `SECONDS`, each order `LINES` of the first `products`; answers the milliseconds of each call. */
async function measure(ordersUrl: string, products: number): Promise<number[]> {
  const tookMs: number[] = [];
  const untilMs = performance.now() + SECONDS * 1_000;
  const run = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: ordersUrl });
    await client.connect();
    while (performance.now() < untilMs) {
      const lines = new Set<string>();
      while (lines.size < LINES) lines.add(idOf(1 + randomInt(products)));
      const startedMs = performance.now();
      const { rowCount } = await client.query({
        name: 'reserve',
        text: `SELECT * FROM inventory.reserve($1, NULL, $2, $3, now() + interval '15 minutes')`,
        values: [randomUUID(), [...lines], [...lines].map(() => 1)],
      });
      if (rowCount !== 0) throw new Error('an order was short, where there is plenty');
      tookMs.push(performance.now() - startedMs);
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
  return tookMs.sort((a, b) => a - b);
}

/** Prints how many orders of three lines a durable Postgres reserves in a second: among many products, and among few, where orders wait for each other. */
export async function benchReserve(args: readonly string[], own: NodeJS.ProcessEnv): Promise<void> {
  if (args.length > 0) throw new Error(`reserve takes no arguments, not ${args.join(' ')}`);
  await withServices(own, async ({ server: { superuserUrl }, passwords }) => {
    const ordersUrl = withRole(superuserUrl, 'orders', passwords.orders);
    await stockUp(superuserUrl, 3_000);
    await measure(ordersUrl, 3_000);
    print(`inventory.reserve() of ${LINES} lines on ${CONNECTIONS} connections, each a commit of its own`);
    for (const products of [3_000, 10]) {
      const tookMs = await measure(ordersUrl, products);
      const [p50, p99] = [0.5, 0.99].map((q) => quantile(tookMs, q).toFixed(1));
      print(
        `of ${String(products).padEnd(5)} products ${(tookMs.length / SECONDS).toFixed(0).padStart(6)}/s   p50 ${p50} ms   p99 ${p99} ms`,
      );
    }
  });
}
