import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { sampleFile } from '../partition/import-sample.ts';
import { openTwin } from '../twin/twin.ts';
import { runSplit, violationsOfSplit } from './split.ts';

test('both halves of a file, one into each region at once over a flapping border, come to the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-split-'));
  try {
    // Other stock codes than the sample's: another test may have imported that, and a second import of a file writes nothing.
    const file = join(folder, 'sample.csv');
    const text = await readFile(sampleFile, 'utf8');
    await writeFile(
      file,
      text.replaceAll(/^(\d+),(\d)/gm, (_, invoice: string, digit: string) => `${invoice},${(Number(digit) + 5) % 10}`),
    );
    const report = await runSplit(openTwin(process.env['SIM_DIR']), file, {
      folder,
      convergeWithinMs: 60_000,
      say: () => undefined,
    });
    expect(violationsOfSplit(report)).toEqual([]);
    expect(report.balance).toMatchObject({ acknowledged: report.writesWorld + report.writesChina, unaccounted: [] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
