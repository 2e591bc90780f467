/**
 * Goal: whatever is written on either side, and whatever becomes of its way to the other - any order, any repetition, loss, a process that dies
 * between two steps, clocks that are wrong - both sides end equal to each other and to what all writes come to by the SPEC's rules (model.ts), no
 * acknowledged write is unaccounted for, what nobody deleted lives, and a deletion that nobody contradicts stays.
 * Method: random histories on the product's own SQL and the product's own publisher, worker and ingest, in PostgreSQL within this process
 * (PGlite), several threads at once; the wire between them, and the clocks, are the test's. A failing history is made as small as it gets, and
 * printed with the command that runs it again. EXPLORER_CASES makes a run longer.
 */
import { availableParallelism } from 'node:os';

import { expect, test } from 'vitest';

import { casesOf } from '../effort.ts';
import { describeFailure, describeRun, neverHappened } from './report.ts';
import { exploreInThreads } from './shards.ts';

const CASES = casesOf(process.env, 'EXPLORER_CASES', { usual: 200, full: 2_000 });
const SEED = Number(process.env['EXPLORER_SEED'] ?? Date.now() % 1_000_000_000);
const path = process.env['EXPLORER_PATH'];

test(`${CASES} random histories converge in PGlite, and their ledgers balance`, async ({ annotate }) => {
  const start = performance.now();
  const task = { cases: CASES, seed: SEED, ...(path === undefined ? {} : { path }) };
  const { tally, found, seeds } = await exploreInThreads(task, Math.min(4, availableParallelism()));
  if (found !== undefined) expect.fail(describeFailure('pglite', found));
  await annotate(describeRun('pglite', tally, (performance.now() - start) / 1000, seeds));
  expect(neverHappened(tally)).toEqual([]);
}, 1_200_000);
