import { inBackground, type Background } from '#platform/background.ts';
import { ownOrigin, runFrom } from '#platform/origin.ts';

import { sweep, type SweepDeps } from './sweep.ts';
import { untilDueMs } from './sweep.repository.ts';

const GAP_MS = 10_000;
const LONGEST_MS = 15 * 60_000;
const MOST_AT_ONCE = 20;

export type Sweeper = Background;

/**
 * Sweeps in the background: when somebody gives it a reason to, and when the time of something is up. After each sweep it knows when something is due, and sleeps
 * until then, or for good. `gapMs`: how long lies between two sweeps at the least.
 */
export const createSweeper = (deps: SweepDeps, { gapMs = GAP_MS }: { readonly gapMs?: number } = {}): Sweeper =>
  inBackground(
    async (isStopping) => {
      // What it finishes is not what the request asked for that gave it a reason.
      const origin = ownOrigin();
      await runFrom(origin, () => sweep(deps, MOST_AT_ONCE, origin.traceparent, isStopping));
      return untilDueMs(deps.db);
    },
    {
      gapMs,
      longestMs: LONGEST_MS,
      failed: (error) => deps.log.warn({ err: error }, 'a sweep of orders failed; the next one goes on'),
    },
  );
