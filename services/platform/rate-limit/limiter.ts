import { type BucketPolicy, type Taken, takeToken } from './bucket.ts';

/** A bucket for each caller of this process. */
export interface RateLimiter {
  readonly perMinute: number;
  take(caller: string): Taken;
}

const MINUTE_MS = 60_000;
const MOST_CALLERS = 50_000;
/** No address and no id is longer. */
const MOST_CHARACTERS = 64;

/** Forgets the caller that has been away for longest when there are more than `mostCallers`. `nowMs` must not go back. */
export function createRateLimiter(options: { perMinute: number; burst: number; mostCallers?: number; nowMs?: () => number }): RateLimiter {
  const { perMinute, mostCallers = MOST_CALLERS, nowMs = () => performance.now() } = options;
  const policy: BucketPolicy = { burst: options.burst, refillMs: MINUTE_MS / perMinute };
  const fullAt = new Map<string, number>();
  return {
    perMinute,
    take(caller) {
      const key = caller.slice(0, MOST_CHARACTERS);
      const taken = takeToken(policy, fullAt.get(key) ?? -Infinity, nowMs());
      // A Map keeps the order in which keys came: set anew, this one is the last to go.
      fullAt.delete(key);
      fullAt.set(key, taken.fullAtMs);
      const [oldest] = fullAt.size > mostCallers ? fullAt.keys() : [];
      if (oldest !== undefined) fullAt.delete(oldest);
      return taken;
    },
  };
}
