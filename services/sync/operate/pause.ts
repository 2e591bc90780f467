import type pg from 'pg';

import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';

import { readPause } from './pause.repository.ts';

/** Tells the worker's loop whether its direction is paused. The database knows: a pause outlives every process, and counts for each worker. */
export interface PauseGate {
  /** Why it is paused, or undefined. Asks the database once a second at most. */
  pausedFor(): Promise<string | undefined>;
  /** Aborts at the next change that this process is told of: ends a long poll that would go on for long. */
  changed(): AbortSignal;
  /** Something was changed here: ask anew, now. */
  poke(): void;
}

const CHECK_EVERY_MS = 1_000;

export function createPauseGate(deps: { pool: pg.Pool; peer: string; clock: Clock; log: Logger }): PauseGate {
  let known: { reason: string } | undefined;
  // Until the database has answered once nothing is received: it may be paused.
  let answered = false;
  let askedAtMs = -Infinity;
  let change = new AbortController();
  return {
    async pausedFor() {
      const nowMs = deps.clock.now();
      if (nowMs - askedAtMs >= CHECK_EVERY_MS) {
        askedAtMs = nowMs;
        try {
          known = await readPause(deps.pool, deps.peer);
          answered = true;
        } catch (error) {
          askedAtMs = -Infinity;
          deps.log.debug({ reason: messageOf(error) }, 'whether the direction is paused could not be read');
          if (!answered) return 'not known yet: the database of this region does not answer';
        }
      }
      return known?.reason;
    },
    changed: () => change.signal,
    poke() {
      askedAtMs = -Infinity;
      const told = change;
      change = new AbortController();
      told.abort();
    },
  };
}
