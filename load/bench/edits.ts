import { setTimeout as wait } from 'node:timers/promises';

import { openShopIn } from '#chaos/twin/shop.ts';
import { openTwin } from '#chaos/twin/twin.ts';
import type { Product } from '#contracts/catalog.ts';

import { quantile } from './quantile.ts';

const EDITS = 200;
const RTT = '200ms';
const GIVE_UP_MS = 10_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Milliseconds from `since` until the front at `url` shows a version of `id` other than `before`. */
async function untilSeen(url: string, id: string, etag: string, since: number): Promise<number> {
  for (;;) {
    const response = await fetch(`${url}/v1/products/${id}`);
    await response.arrayBuffer();
    if (response.headers.get('etag') === etag) return performance.now() - since;
    if (performance.now() - since > GIVE_UP_MS) throw new Error(`the edit was not seen within ${GIVE_UP_MS} ms`);
  }
}

/**
 * Edits one product 200 times in the world, one edit after the other, with the border at a round trip of 200 ms (100 ms each way), and polls
 * China's front until it shows each. Prints quantiles from the moment that the edit was sent, and from its acknowledgement.
 */
export async function benchEdits(args: readonly string[]): Promise<void> {
  if (args.length > 0) throw new Error(`edits takes no arguments, not ${args.join(' ')}`);
  const twin = openTwin();
  const status = await twin.status();
  const { regions } = status;
  const shop = await openShopIn(twin, 'world', status);
  const sku = `BENCH-${Date.now().toString(36).toUpperCase()}`;
  await shop.bulk([{ sku, name: 'A product to be edited', amountMinor: 100, pricedAt: '2020-01-01T00:00:00.000000Z' }]);
  const find = async (): Promise<Product> => {
    const found = (await shop.products()).find((product) => product.sku === sku);
    if (found === undefined) throw new Error('the product is gone');
    return found;
  };
  let product = await find();
  await twin.sim('fault', 'slow', 'border', '--rtt', RTT);
  const sent: number[] = [];
  const acknowledged: number[] = [];
  try {
    for (let n = 1; n <= EDITS; n += 1) {
      const start = performance.now();
      product = await shop.setPrice(product, 100 + n);
      const answered = performance.now();
      const etag = `"${product.stamp.version}-${product.stamp.origin}"`;
      await untilSeen(regions.china.gatewayUrl, product.id, etag, answered);
      sent.push(performance.now() - start);
      acknowledged.push(performance.now() - answered);
      // A little irregular, so that edits do not fall into step with anything.
      await wait(5 + (n % 7) * 5);
    }
  } finally {
    await twin.sim('fault', 'heal', 'border');
    await shop.remove(await find());
  }
  const row = (name: string, values: number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    return `${name.padEnd(28)} ${[0.5, 0.9, 0.99, 1].map((q) => `${quantile(sorted, q).toFixed(0)} ms`.padStart(9)).join('')}`;
  };
  print(`${EDITS} edits in the world, seen in China; border at ${RTT} round trip`);
  print(`${''.padEnd(28)} ${['p50', 'p90', 'p99', 'max'].map((name) => name.padStart(9)).join('')}`);
  print(row('from sending the edit', sent));
  print(row('from its acknowledgement', acknowledged));
}
