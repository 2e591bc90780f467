import { type BucketPolicy, type Taken, takeToken } from './bucket.ts';

/** A bucket for each caller of this process. */
export interface RateLimiter {
  readonly perMinute: number;
  take(caller: string): Taken;
}

const MINUTE_MS = 60_000;
const GENERATION = 25_000;
/** No address and no id is longer. */
const MOST_CHARACTERS = 64;

/**
 * Remembers each caller until `generation` others have come since, at the least, and twice as many callers at the most. `nowMs` must not go back.
 *
 * Two generations, and no order of who came last: a key that is taken out of a Map and set anew with each request has V8 make the Map's table anew every few
 * requests, each reachable from the one before until a collection of the old generation.
 */
export function createRateLimiter(options: { perMinute: number; burst: number; generation?: number; nowMs?: () => number }): RateLimiter {
  const { perMinute, generation = GENERATION, nowMs = () => performance.now() } = options;
  const policy: BucketPolicy = { burst: options.burst, refillMs: MINUTE_MS / perMinute };
  let recent = new Map<string, number>();
  let before = new Map<string, number>();
  return {
    perMinute,
    take(caller) {
      const key = caller.slice(0, MOST_CHARACTERS);
      const taken = takeToken(policy, recent.get(key) ?? before.get(key) ?? -Infinity, nowMs());
      recent.set(key, taken.fullAtMs);
      if (recent.size >= generation) {
        before = recent;
        recent = new Map();
      }
      return taken;
    },
  };
}
