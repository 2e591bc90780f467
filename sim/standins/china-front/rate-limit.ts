/** Says whether one more request of `key` fits; where not, after how many seconds it may. */
export type RateLimiter = (key: string) => { allowed: true } | { allowed: false; retryAfterSeconds: number };

const MAX_KEYS = 100_000;

/** Counts in fixed windows, in memory. When more keys than it can hold come within one window it starts to count anew. */
export function createRateLimiter(options: { limit: number; periodSeconds: number; nowMs: () => number }): RateLimiter {
  const periodMs = options.periodSeconds * 1_000;
  const counts = new Map<string, number>();
  let window = -1;
  return (key) => {
    const nowMs = options.nowMs();
    const current = Math.floor(nowMs / periodMs);
    if (current !== window || counts.size > MAX_KEYS) {
      counts.clear();
      window = current;
    }
    const count = counts.get(key) ?? 0;
    if (count >= options.limit)
      return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(((current + 1) * periodMs - nowMs) / 1_000)) };
    counts.set(key, count + 1);
    return { allowed: true };
  };
}
