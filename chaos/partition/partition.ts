/**
 * Goal: a border that is cut while both regions write the same products costs nothing that was acknowledged.
 * Method: cut both directions; import a catalogue into the world while China writes to the same products, changes prices and removes some;
 * make sure that the cut took effect; heal; wait, without new traffic, until both databases are equal and nothing is under way; then check
 * contents, residue and the ledger of every acknowledged write. At the end new traffic shows that the border works on.
 */
import { balance, type AcknowledgedWrite, type Balance } from '../checkers/ledger.ts';
import { differences } from '../checkers/databases.ts';
import { contentsOf, converge } from '../twin/convergence.ts';
import { openShopIn, type Shop } from '../twin/shop.ts';
import type { Twin } from '../twin/twin.ts';

export interface PartitionReport {
  readonly mode: string;
  readonly products: number;
  readonly writesWorld: number;
  readonly writesChina: number;
  readonly backlogWhileCut: number;
  readonly convergedAfterMs: number;
  readonly conflicts: number;
  readonly balance: Balance;
  readonly differences: ReturnType<typeof differences>;
  readonly residue: Readonly<Record<string, number>>;
}

export interface PartitionOptions {
  /** Runs the import into the world; answers the writes that the API acknowledged to it. */
  readonly importIntoWorld: () => Promise<readonly AcknowledgedWrite[]>;
  readonly convergeWithinMs: number;
  readonly say: (line: string) => void;
}

/** China's staff at work while the border is cut: the same stock codes as the import, other prices; some products removed again. */
async function workInChina(shop: Shop, skus: readonly string[]): Promise<void> {
  const items = skus.map((sku, index) => ({ sku, name: `中国 ${sku}`, amountMinor: 100 + index, pricedAt: '2011-12-01T00:00:00.000000Z' }));
  for (let start = 0; start < items.length; start += 20) await shop.bulk(items.slice(start, start + 20));
  const products = await shop.products();
  for (const [index, product] of products.entries()) {
    if (index % 3 === 0) await shop.setPrice(product, 5_000 + index);
    if (index % 7 === 1) await shop.remove(product);
  }
}

/** Runs the scenario on a twin that is up, whose catalogue is empty. Heals the border in any case. */
export async function runPartition(twin: Twin, skus: readonly string[], options: PartitionOptions): Promise<PartitionReport> {
  const { say } = options;
  const status = await twin.status();
  const databases = { world: status.regions.world.databaseUrl, china: status.regions.china.databaseUrl };
  const worldShop = await openShopIn(twin, 'world', status);
  const chinaShop = await openShopIn(twin, 'china', status);

  say('cutting the border, both ways');
  await twin.sim('fault', 'cut', 'border');
  let imported: readonly AcknowledgedWrite[];
  let backlogWhileCut: number;
  try {
    say('importing into the world, and writing to the same products in China');
    [imported] = await Promise.all([options.importIntoWorld(), workInChina(chinaShop, skus)]);
    for (const [index, product] of (await worldShop.products()).entries())
      if (index % 5 === 0) await worldShop.setPrice(product, 9_000 + index);
    const cut = await contentsOf(databases);
    const { sync } = await twin.status();
    backlogWhileCut = (sync['world-china'].queued ?? 0) + (sync['world-china'].outbox ?? 0);
    if (differences(cut.world, cut.china).length === 0)
      throw new Error('the fault never took effect: both regions are equal while the border is cut');
    if (backlogWhileCut === 0) throw new Error('the fault never took effect: nothing waits while the border is cut');
  } finally {
    say('healing the border');
    await twin.sim('fault', 'heal', 'border');
  }
  const { afterMs: convergedAfterMs } = await converge(twin, databases, options.convergeWithinMs);
  say(`both sides were equal after ${convergedAfterMs} ms, without new traffic`);

  const [first] = await worldShop.products();
  if (first !== undefined) await worldShop.setPrice(first, 4_242);
  const { contents, residue } = await converge(twin, databases, options.convergeWithinMs);

  const { world, china } = contents;
  const writes = [...imported, ...worldShop.ledger, ...chinaShop.ledger];
  return {
    mode: status.mode,
    products: [...world.rows.keys()].filter((key) => key.startsWith('catalog.product')).length,
    writesWorld: imported.length + worldShop.ledger.length,
    writesChina: chinaShop.ledger.length,
    backlogWhileCut,
    convergedAfterMs,
    conflicts: world.losers.length + china.losers.length,
    balance: balance(writes, [...world.live, ...china.live], [...world.losers, ...china.losers]),
    differences: differences(world, china),
    residue,
  };
}

/** What is wrong with the outcome of a run, in words; empty where nothing is. */
export function violationsOf(report: PartitionReport): string[] {
  return [
    ...(report.differences.length > 0 ? [`${report.differences.length} keys differ, the first is ${report.differences[0]?.key}`] : []),
    ...(report.balance.unaccounted.length > 0
      ? [
          `${report.balance.unaccounted.length} acknowledged writes are unaccounted for, the first is ${JSON.stringify(report.balance.unaccounted[0])}`,
        ]
      : []),
    ...Object.entries(report.residue).map(([what, n]) => `${what}: ${n} left`),
    ...(report.conflicts === 0 ? ['no conflict was recorded, though both sides wrote the same products'] : []),
  ];
}
