import type { Clock } from '#platform/clock.ts';

import { sweep, type SweepDeps } from './sweep.ts';

const GAP_MS = 10_000;
const MOST_AT_ONCE = 20;

/** Sweeps in the background, when somebody gives it a reason to. */
export interface Sweeper {
  /** Sweeps, unless it does so already or has done in the last ten seconds. Never throws. */
  nudge(): void;
  /** Waits for the sweep under way. */
  drain(): Promise<void>;
}

/** An idle service asks its database nothing: it sweeps at its start, and along with requests. */
export function createSweeper(deps: SweepDeps & { readonly clock: Clock }): Sweeper {
  let under: Promise<void> | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  async function run(): Promise<void> {
    try {
      await sweep(deps, MOST_AT_ONCE, undefined);
    } catch (error) {
      deps.log.warn({ err: error }, 'a sweep of orders failed; the next one goes on');
    } finally {
      under = undefined;
    }
  }
  return {
    nudge() {
      if (under !== undefined || deps.clock.now() - startedAtMs < GAP_MS) return;
      startedAtMs = deps.clock.now();
      under = run();
    },
    drain: async () => under,
  };
}
