import { setTimeout as wait } from 'node:timers/promises';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { differences, readContents } from '#chaos/checkers/databases.ts';
import { openTwin } from '#chaos/twin/twin.ts';

const checkReport = Compile(
  Type.Object({
    rowsRead: Type.Integer(),
    products: Type.Integer(),
    priceChanges: Type.Integer(),
    seconds: Type.Number(),
    itemsPerSecond: Type.Number(),
    peakMemoryMb: Type.Number(),
  }),
);
const GIVE_UP_MS = 120_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Imports `file` into the world of the running twin, and measures how long after its end the databases of both regions are equal. */
export async function benchImport(file: string | undefined): Promise<void> {
  if (file === undefined) throw new Error('name a file: npm run bench -- import FILE');
  const twin = openTwin();
  const { regions } = await twin.status();
  const report = checkReport.Parse(JSON.parse(await twin.sim('import', file, '--only', 'catalogue', '--region', 'world', '--json')));
  const ended = performance.now();
  for (;;) {
    const [world, china] = await Promise.all([readContents(regions.world.databaseUrl), readContents(regions.china.databaseUrl)]);
    if (differences(world, china).length === 0) break;
    if (performance.now() - ended > GIVE_UP_MS) throw new Error(`the regions still differ ${GIVE_UP_MS} ms after the import`);
    await wait(50);
  }
  const equalAfterMs = performance.now() - ended;
  print(`${report.rowsRead} rows, ${report.products} products, ${report.priceChanges} price changes`);
  print(`import     ${report.seconds} s, ${report.itemsPerSecond} writes/s, peak memory of the importer ${report.peakMemoryMb} MB`);
  print(`equal      ${equalAfterMs.toFixed(0)} ms after its end (looked at every 50 ms)`);
}
