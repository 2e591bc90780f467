import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { takeToken } from './bucket.ts';
import { createRateLimiter } from './limiter.ts';

/** Clocks are coarse or fine, and begin anywhere. */
const requests = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.double({ min: 0, max: 2_000, noNaN: true }) },
    fc.nat(600_000),
  ),
  { maxLength: 200 },
);
const policies = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perMinute: fc.integer({ min: 1, max: 10_000 }) });
const starts = fc.double({ min: 0, max: 1e9, noNaN: true });
/** What a double cannot tell apart at such a time. */
const ROUNDING = 1e-3;

/** When requests that come after such pauses are granted. */
function run(policy: { burst: number; perMinute: number }, pauses: readonly number[], startMs: number) {
  let nowMs = startMs;
  let fullAtMs = -Infinity;
  return pauses.map((pause) => {
    nowMs += pause;
    const taken = takeToken({ burst: policy.burst, refillMs: 60_000 / policy.perMinute }, fullAtMs, nowMs);
    ({ fullAtMs } = taken);
    return { ...taken, atMs: nowMs };
  });
}

it('grants in no window more than the burst and what came back in it', () => {
  fc.assert(
    fc.property(policies, requests, starts, (policy, pauses, startMs) => {
      const granted = run(policy, pauses, startMs).filter(({ isGranted }) => isGranted);
      for (const [first, { atMs: fromMs }] of granted.entries()) {
        for (const [last, { atMs: toMs }] of granted.entries()) {
          if (last < first) continue;
          expect(last - first + 1).toBeLessThanOrEqual(policy.burst + ((toMs - fromMs) / 60_000) * policy.perMinute + ROUNDING);
        }
      }
    }),
  );
});

it('grants as much as that: a bucket that is counted in tokens grants the same', () => {
  fc.assert(
    fc.property(policies, requests, starts, (policy, pauses, startMs) => {
      let tokens = policy.burst;
      let atMs = startMs;
      for (const taken of run(policy, pauses, startMs)) {
        tokens = Math.min(policy.burst, tokens + ((taken.atMs - atMs) / 60_000) * policy.perMinute);
        atMs = taken.atMs;
        // On the edge either is right.
        if (Math.abs(tokens - 1) > ROUNDING) expect(taken.isGranted).toBe(tokens > 1);
        if (taken.isGranted) tokens -= 1;
        expect(Math.abs(taken.remaining - tokens)).toBeLessThanOrEqual(1 + ROUNDING);
      }
    }),
  );
});

it('tells truly what is left, and when there is more', () => {
  fc.assert(
    fc.property(policies, requests, starts, (policy, pauses, startMs) => {
      const bucket = { burst: policy.burst, refillMs: 60_000 / policy.perMinute };
      for (const { atMs, fullAtMs, remaining, nextMs } of run(policy, pauses, startMs)) {
        expect(nextMs).toBeGreaterThan(0);
        expect(nextMs).toBeLessThanOrEqual(bucket.refillMs + ROUNDING);
        let left = fullAtMs;
        for (let more = 0; more < remaining; more += 1) {
          const taken = takeToken(bucket, left, atMs);
          expect(taken.isGranted).toBe(true);
          left = taken.fullAtMs;
        }
        expect(takeToken(bucket, left, atMs).isGranted && nextMs > 2 * ROUNDING * bucket.refillMs).toBe(false);
        expect(takeToken(bucket, left, atMs + nextMs + ROUNDING).isGranted).toBe(true);
      }
    }),
  );
});

describe('a limiter', () => {
  it.each([1, 2, 7])('remembers who came before %i others, wherever they come among them', (generation) => {
    for (let before = 0; before < 2 * generation; before += 1) {
      const limiter = createRateLimiter({ perMinute: 1, burst: 1, generation: generation + 1, nowMs: () => 0 });
      for (let other = 0; other < before; other += 1) limiter.take(`before ${other}`);
      expect(limiter.take('a').isGranted).toBe(true);
      for (let other = 0; other < generation; other += 1) limiter.take(`after ${other}`);
      expect(limiter.take('a').isGranted).toBe(false);
    }
  });

  it('forgets who has been away while twice as many came as it holds at once', () => {
    const limiter = createRateLimiter({ perMinute: 1, burst: 1, generation: 3, nowMs: () => 0 });
    expect(limiter.take('a').isGranted).toBe(true);
    for (let other = 0; other < 6; other += 1) limiter.take(`other ${other}`);
    expect(limiter.take('a').isGranted).toBe(true);
  });
});
