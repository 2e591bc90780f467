/**
 * Goal: both regions take in the same products at once, over a border that comes and goes, and nothing is lost.
 * Method: a retailer's file is cut in two; one half is imported into each region at the same time, through its own API, while the border flaps
 * every second, both ways and one way. When both are in, it heals; both databases must become equal without new traffic, and every write that
 * either API acknowledged must be accounted for.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { balance, type Balance } from '../checkers/ledger.ts';
import { differences } from '../checkers/databases.ts';
import { importFile } from '../partition/import-sample.ts';
import { converge } from '../twin/convergence.ts';
import type { Twin } from '../twin/twin.ts';
import { cutBorder, healBorder, startFlapping, type Flapping } from './flapping.ts';
import { cutInTwo } from './halves.ts';

export interface SplitReport {
  readonly mode: string;
  readonly rows: number;
  readonly products: number;
  /** Products that both halves wrote. */
  readonly contended: number;
  readonly writesWorld: number;
  readonly writesChina: number;
  readonly importedMs: number;
  readonly cuts: number;
  readonly convergedAfterMs: number;
  readonly conflicts: number;
  readonly balance: Balance;
  readonly differences: ReturnType<typeof differences>;
  readonly residue: Readonly<Record<string, number>>;
}

const FLAP_EVERY_MS = 1_000;
const FEWEST_CUTS = 8;
const PRODUCT = 'catalog.product';

/** Resolves when `file` has something in it, or `work` has ended. */
async function untilBegun(file: string, work: Promise<unknown>): Promise<void> {
  let over = false;
  const end = (): void => void (over = true);
  work.then(end, end);
  while (!over && ((await stat(file).catch(() => undefined))?.size ?? 0) === 0) await wait(50);
}

/** A small file is in before the border has flapped at all: what waits then still has to cross a border that comes and goes. */
async function untilFlapped(flapping: Flapping): Promise<void> {
  while (flapping.cuts() < FEWEST_CUTS) await wait(50);
}

/** Runs the scenario on a twin that is up. Files of its own go into `folder`. Heals the border in any case. */
export async function runSplit(
  twin: Twin,
  file: string,
  options: { folder: string; convergeWithinMs: number; say: (line: string) => void },
): Promise<SplitReport> {
  const { folder, say } = options;
  const status = await twin.status();
  const databases = { world: status.regions.world.databaseUrl, china: status.regions.china.databaseUrl };
  const toxiproxy = status.components['toxiproxy'];
  if (toxiproxy === undefined) throw new Error('the twin has no Toxiproxy');
  const { first, second, rows } = await cutInTwo(file, folder);
  say('importing one half into each region, over a border that flaps');
  const start = performance.now();
  await cutBorder(toxiproxy.url);
  let flapping: Flapping | undefined;
  let writes;
  try {
    const [worldFile, chinaFile] = [join(folder, 'acknowledged-world.ndjson'), join(folder, 'acknowledged-china.ndjson')];
    // Both sign in with a mailed code: one after the other, so that each takes its own.
    const intoWorld = importFile(twin, first, 'world', worldFile);
    await untilBegun(worldFile, intoWorld);
    const intoChina = importFile(twin, second, 'china', chinaFile);
    await untilBegun(chinaFile, intoChina);
    // Both have written what the other has not seen: from now on the border comes and goes.
    flapping = startFlapping(toxiproxy.url, FLAP_EVERY_MS);
    const [inWorld, inChina] = await Promise.all([intoWorld, intoChina]);
    writes = { inWorld, inChina };
    await untilFlapped(flapping);
  } finally {
    await flapping?.stop();
    await healBorder(toxiproxy.url);
  }
  const importedMs = Math.round(performance.now() - start);
  say(`imported in ${importedMs} ms; the border healed after ${flapping.cuts()} cuts`);
  const { afterMs: convergedAfterMs, contents, residue } = await converge(twin, databases, options.convergeWithinMs);
  const { world, china } = contents;
  const { inWorld, inChina } = writes;
  const keysOf = (list: typeof inWorld): Set<string> => new Set(list.filter(({ entity }) => entity === PRODUCT).map(({ key }) => key));
  const inChinaKeys = keysOf(inChina);
  return {
    mode: status.mode,
    rows,
    products: [...world.rows.keys()].filter((key) => key.startsWith(PRODUCT)).length,
    contended: [...keysOf(inWorld)].filter((key) => inChinaKeys.has(key)).length,
    writesWorld: inWorld.length,
    writesChina: inChina.length,
    importedMs,
    cuts: flapping.cuts(),
    convergedAfterMs,
    conflicts: world.losers.length + china.losers.length,
    balance: balance([...inWorld, ...inChina], [...world.live, ...china.live], [...world.losers, ...china.losers]),
    differences: differences(world, china),
    residue,
  };
}

/** What is wrong with the outcome, in words; empty where nothing is. */
export function violationsOfSplit(report: SplitReport): string[] {
  const [lost] = report.balance.unaccounted;
  return [
    ...(report.differences.length > 0 ? [`${report.differences.length} keys differ, the first is ${report.differences[0]?.key}`] : []),
    ...(lost === undefined
      ? []
      : [`${report.balance.unaccounted.length} acknowledged writes are unaccounted for, the first is ${JSON.stringify(lost)}`]),
    ...Object.entries(report.residue).map(([what, n]) => `${what}: ${n} left`),
    ...(report.contended === 0 ? ['the halves have no product in common'] : []),
    ...(report.conflicts === 0 ? ['no conflict was recorded, though both sides wrote the same products'] : []),
    ...(report.cuts === 0 ? ['the fault never took effect: the border was never cut'] : []),
  ];
}
