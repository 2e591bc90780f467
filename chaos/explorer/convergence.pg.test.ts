/**
 * Goal and method: see convergence.test.ts. Here the same histories run in a real server, with the locks, plans and connections that it has.
 */
import { expect, test } from 'vitest';

import { casesOf } from '../effort.ts';
import { explore } from './explore.ts';
import { describeFailure, describeRun, neverHappened } from './report.ts';
import { createTally } from './tally.ts';
import { openPostgresSides } from './testing/postgres-side.ts';

const CASES = casesOf(process.env, 'EXPLORER_CASES', { usual: 40, full: 200 });
const SEED = Number(process.env['EXPLORER_SEED'] ?? Date.now() % 1_000_000_000);
const path = process.env['EXPLORER_PATH'];

test(`${CASES} random histories converge, and their ledgers balance`, async ({ annotate }) => {
  const start = performance.now();
  const { world, china, close } = await openPostgresSides();
  try {
    const tally = createTally();
    const found = await explore([world, china], { cases: CASES, seed: SEED, ...(path === undefined ? {} : { path }) }, tally);
    if (found !== undefined) expect.fail(describeFailure('postgres', found));
    await annotate(describeRun('postgres', tally, (performance.now() - start) / 1000, [SEED]));
    expect(neverHappened(tally)).toEqual([]);
  } finally {
    await close();
  }
}, 600_000);
