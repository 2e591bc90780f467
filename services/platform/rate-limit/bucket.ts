/** `burst` tokens at most, of which one comes back each `refillMs`. */
export interface BucketPolicy {
  readonly burst: number;
  readonly refillMs: number;
}

export interface Taken {
  readonly isGranted: boolean;
  /** When the bucket will be full again: all that there is to know of it. One that is full need not be kept. */
  readonly fullAtMs: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Until there is one more. */
  readonly nextMs: number;
}

/** Of a token: what sums of doubles lose, lest a token that is there be refused. It does not add up. */
const ROUNDING = 1e-6;

/**
 * Takes a token from a bucket that is full at `fullAtMs`, where it holds one. In no span of time are more than `burst` and one each `refillMs` of it granted. The clock
 * must not go back.
 */
export function takeToken(policy: BucketPolicy, fullAtMs: number, nowMs: number): Taken {
  const { burst, refillMs } = policy;
  const missing = Math.max(0, fullAtMs - nowMs) / refillMs;
  const isGranted = missing + 1 <= burst + ROUNDING;
  const left = burst - missing - (isGranted ? 1 : 0);
  const remaining = Math.floor(left + ROUNDING);
  return {
    isGranted,
    fullAtMs: isGranted ? Math.max(fullAtMs, nowMs) + refillMs : fullAtMs,
    remaining,
    nextMs: (remaining + 1 - left) * refillMs,
  };
}
