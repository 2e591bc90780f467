import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { readContents } from '#chaos/checkers/databases.ts';
import { openTwin } from '#chaos/twin/twin.ts';
import { median } from './quantile.ts';

const ROUNDS = 3;
const TARGET_MS = 3_000;
const checkReport = Compile(Type.Object({ bytes: Type.Integer(), tookMs: Type.Number(), frozenMs: Type.Number() }));
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Saves and loads the twin that is up, three times, as it stands: import something large before. Prints the medians of what a command takes, of how long
 * nothing was served meanwhile, and the size. Its snapshot is removed in the end; the twin is what it was.
 */
export async function benchSnapshot(args: readonly string[], simDir: string | undefined): Promise<void> {
  if (args.length > 0) throw new Error(`snapshot takes no arguments, not ${args.join(' ')}`);
  const twin = openTwin(simDir);
  const { mode, regions } = await twin.status();
  const { rows } = await readContents(regions.world.databaseUrl);
  const name = `bench-${Date.now().toString(36)}`;
  const [saves, freezes, loads, sizes]: [number[], number[], number[], number[]] = [[], [], [], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const saved = checkReport.Parse(JSON.parse(await twin.sim('snapshot', 'save', name, '--replace', '--json')));
      const loaded = checkReport.Parse(JSON.parse(await twin.sim('snapshot', 'load', name, '--json')));
      saves.push(saved.tookMs);
      freezes.push(saved.frozenMs);
      loads.push(loaded.tookMs);
      sizes.push(saved.bytes);
    }
  } finally {
    await twin.sim('snapshot', 'remove', name);
  }
  const row = (what: string, values: readonly number[], target: string): string =>
    `${what.padEnd(28)} ${`${median(values).toFixed(0)} ms`.padStart(9)}   ${target}`;
  print(`the ${mode} twin with ${rows.size} rows in the world; median of ${ROUNDS}`);
  print(row('save', saves, `at most ${TARGET_MS} ms`));
  print(row('  of which nothing is served', freezes, ''));
  print(row('load', loads, `at most ${TARGET_MS} ms`));
  print(`${'size'.padEnd(28)} ${(median(sizes) / 1e6).toFixed(1).padStart(6)} MB`);
}
