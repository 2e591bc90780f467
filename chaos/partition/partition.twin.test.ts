import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openTwin } from '../twin/twin.ts';
import { importSample, sampleSkus } from './import-sample.ts';
import { runPartition, violationsOf } from './partition.ts';

const simDir = process.env['SIM_DIR'];

test('a partition costs nothing that was acknowledged', async () => {
  const twin = openTwin(simDir);
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-partition-'));
  try {
    const report = await runPartition(twin, await sampleSkus(), {
      importIntoWorld: () => importSample(twin, join(folder, 'acknowledged.ndjson')),
      convergeWithinMs: 60_000,
      say: () => undefined,
    });
    expect(violationsOf(report)).toEqual([]);
    expect(report.balance).toMatchObject({ acknowledged: report.writesWorld + report.writesChina, unaccounted: [] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
