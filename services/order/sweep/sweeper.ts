import { ownOrigin, runFrom } from '#platform/origin.ts';

import { sweep, type SweepDeps } from './sweep.ts';
import { untilDueMs } from './sweep.repository.ts';

const GAP_MS = 10_000;
/** A timer that a machine slept through is no reason to wait long: what is due is looked at anew by then. */
const LONGEST_MS = 15 * 60_000;
const MOST_AT_ONCE = 20;

/** Sweeps in the background: when somebody gives it a reason to, and when the time of something is up. */
export interface Sweeper {
  /** Sweeps, at most once in ten seconds: sooner than that, as soon as they are over. Never throws. */
  nudge(): void;
  /** Begins nothing more, and waits for the sweep under way. */
  drain(): Promise<void>;
}

/**
 * An idle service asks its database nothing: after each sweep it knows when something is due, and sleeps until then, or for good. `gapMs`: how long lies between two
 * sweeps at the least.
 */
export function createSweeper(deps: SweepDeps, { gapMs = GAP_MS }: { readonly gapMs?: number } = {}): Sweeper {
  let under: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let isStopping = false;
  let isWanted = false;

  /** From an origin of its own: what it finishes is not what the request asked for that gave it a reason. */
  async function run(): Promise<void> {
    startedAtMs = performance.now();
    isWanted = false;
    let untilMs: number | undefined;
    const origin = ownOrigin();
    try {
      await runFrom(origin, () => sweep(deps, MOST_AT_ONCE, origin.traceparent, () => isStopping));
      untilMs = await untilDueMs(deps.db);
    } catch (error) {
      deps.log.warn({ err: error }, 'a sweep of orders failed; the next one goes on');
      untilMs = gapMs;
    }
    under = undefined;
    if (isWanted) wake(0);
    else if (untilMs !== undefined) wake(untilMs);
  }

  /** Sweeps in `inMs`, and no sooner than the gap allows. */
  function wake(inMs: number): void {
    clearTimeout(timer);
    if (isStopping) return;
    const soonestMs = startedAtMs + gapMs - performance.now();
    timer = setTimeout(() => void (under ??= run()), Math.min(Math.max(inMs, soonestMs, 0), LONGEST_MS));
    timer.unref();
  }

  return {
    nudge() {
      if (under === undefined) wake(0);
      else isWanted = true;
    },
    async drain() {
      isStopping = true;
      clearTimeout(timer);
      await under;
    },
  };
}
