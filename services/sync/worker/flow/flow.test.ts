import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { initialSize, lost, rawTarget, timeLimitMs, wireTarget } from './body-size.ts';
import { createGate } from './gate.ts';
import { defaultLimits, MOST_RAW_BYTES } from './limits.ts';
import { simulate, type SimulatedLink } from './simulated-link.ts';
import { answered, dropped, openWindow, type Window } from './window.ts';

const MBIT = 125_000;
const MINUTE_MS = 60_000;
const calm = { nextResetMs: () => Infinity };
const shared = (totalRate: SimulatedLink['totalRate']): SimulatedLink => ({ ...calm, roundTripMs: 200, flowRate: Infinity, totalRate });
/** Resets a flow 20 to 60 s after the last reset: what 15 % loss leaves. */
const resetting = (seed: number): SimulatedLink['nextResetMs'] => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 20_000 + (40_000 * state) / 2_147_483_648;
  };
};

describe('the window', () => {
  const event = fc.record({
    what: fc.constantFrom('answered' as const, 'reset' as const, 'refused' as const, 'timeout' as const),
    afterMs: fc.integer({ min: 1, max: 5_000 }),
    tookMs: fc.integer({ min: 1, max: 20_000 }),
    bytes: fc.integer({ min: 1, max: 200_000 }),
    waiting: fc.boolean(),
  });

  test('keeps its bounds whatever happens, and only answers raise it', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), fc.integer({ min: 1, max: 64 }), (events, max) => {
        let now = 0;
        let window: Window = openWindow(max, now);
        for (const { what, afterMs, tookMs, bytes, waiting } of events) {
          now += afterMs;
          const before = window;
          const startedAtMs = now - tookMs;
          window =
            what === 'answered'
              ? answered(window, { startedAtMs, atMs: now, bytes }, waiting, { minInFlight: 1, maxInFlight: max })
              : dropped(window, what, startedAtMs, now);
          expect(window.limit).toBeGreaterThanOrEqual(1);
          expect(window.limit).toBeLessThanOrEqual(max);
          if (what !== 'answered') expect(window.limit).toBeLessThanOrEqual(Math.max(1, before.probing ?? before.limit));
          expect(window.recent.length).toBeLessThanOrEqual(64);
        }
      }),
    );
  });

  test('waiting alone takes it no lower than what keeps a flow busy', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 100, maxLength: 300 }),
        fc.integer({ min: 2, max: 8 }),
        (durations, max) => {
          let now = 0;
          let window: Window = openWindow(max, now);
          for (const tookMs of durations) {
            const sample = { startedAtMs: now, atMs: now + tookMs, bytes: 100_000 };
            now = sample.atMs;
            window = answered(window, sample, true, { minInFlight: 2, maxInFlight: max });
            expect(window.limit).toBeGreaterThanOrEqual(2);
          }
        },
      ),
    );
  });

  test('a window that nobody fills does not grow', () => {
    let window = openWindow(32, 0);
    for (let n = 1; n < 100; n += 1) window = answered(window, { startedAtMs: n * 10, atMs: n * 10 + 5, bytes: 500 }, false, defaultLimits);
    expect(window.limit).toBe(openWindow(32, 0).limit);
  });

  test('requests that fell together shrink it once', () => {
    let window: Window = { ...openWindow(32, 0), limit: 16 };
    for (let n = 0; n < 16; n += 1) window = dropped(window, 'timeout', 500, 1_000 + n);
    expect(window.limit).toBe(8);
  });

  test('where each flow is slow by itself, all flows are used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 300 }), fc.integer({ min: 1, max: 8 }), (roundTripMs, mbit) => {
        const run = simulate({ ...calm, roundTripMs, flowRate: mbit * MBIT, totalRate: () => Infinity }, defaultLimits, MINUTE_MS);
        expect(run.limitAt(20_000)).toBe(defaultLimits.maxInFlight);
      }),
      { numRuns: 20 },
    );
  });

  test('a border that all flows share is filled, and not flooded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (mbit) => {
        const run = simulate(
          shared(() => mbit * MBIT),
          defaultLimits,
          2 * MINUTE_MS,
        );
        expect(run.deliveredBytes).toBeGreaterThan(0.8 * mbit * MBIT * 120);
        expect(run.resets).toBe(0);
      }),
      { numRuns: 20 },
    );
    // 1 Mbit/s is one body a second: three more would wait three seconds for nothing.
    expect(
      simulate(
        shared(() => MBIT),
        defaultLimits,
        2 * MINUTE_MS,
      ).limitAt(119_000),
    ).toBeLessThan(4);
  });

  test('capacity that changes by the minute is followed down and up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 40 }), fc.integer({ min: 1, max: 2 }), (high, low) => {
        const run = simulate(
          shared((at) => (Math.floor(at / MINUTE_MS) % 2 === 0 ? high : low) * MBIT),
          defaultLimits,
          4 * MINUTE_MS,
        );
        expect(run.deliveredBetween(65_000, 2 * MINUTE_MS)).toBeGreaterThan(0.7 * low * MBIT * 55);
        expect(run.deliveredBetween(2 * MINUTE_MS + 20_000, 3 * MINUTE_MS)).toBeGreaterThan(0.7 * high * MBIT * 40);
      }),
      { numRuns: 20 },
    );
  });

  test('a flow of 0.18 Mbit/s that is reset every 20 to 60 s loses less than a quarter of its time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const one = { ...defaultLimits, maxInFlight: 1 };
        const link = { roundTripMs: 200, flowRate: 0.18 * MBIT, totalRate: () => Infinity, nextResetMs: resetting(seed) };
        expect(simulate(link, one, 5 * MINUTE_MS).deliveredBytes).toBeGreaterThan(0.75 * 0.18 * MBIT * 300);
        // With as many flows as allowed it is several times that: resets alone do not bring the window down to one.
        expect(simulate(link, defaultLimits, 5 * MINUTE_MS).deliveredBytes).toBeGreaterThan(4 * 0.18 * MBIT * 300);
      }),
      { numRuns: 20 },
    );
  });
});

describe('bodies', () => {
  test('shrink to their least on a border that lets nothing through, and expand to no more than the receiver takes', () => {
    let size = initialSize(defaultLimits);
    for (let n = 0; n < 20; n += 1) size = lost(size, defaultLimits);
    expect(size.targetBytes).toBe(defaultLimits.minBodyBytes);
    expect(rawTarget({ ratio: 0.001 }, defaultLimits.maxBodyBytes)).toBe(MOST_RAW_BYTES);
  });

  test('what is in flight at once stays within its bound, and few places take the largest bodies', () => {
    const largest = { ...initialSize(defaultLimits), targetBytes: defaultLimits.maxBodyBytes };
    for (let places = 1; places <= 64; places += 1)
      expect(places * wireTarget(largest, places, defaultLimits)).toBeLessThanOrEqual(defaultLimits.maxInFlightBytes);
    expect(wireTarget(largest, 2, defaultLimits)).toBe(defaultLimits.maxBodyBytes);
    // One item is never cut: the least size holds whatever they share.
    expect(wireTarget(largest, 64, { ...defaultLimits, maxInFlightBytes: 1 })).toBe(defaultLimits.minBodyBytes);
  });

  test('the time limit leaves a body of 1 MiB its time on a flow of 0.18 Mbit/s, and ends', () => {
    expect(timeLimitMs(2 ** 20, defaultLimits)).toBeGreaterThan((2 ** 20 / (0.18 * MBIT)) * 1_000);
    expect(timeLimitMs(2 ** 30, defaultLimits)).toBe(240_000);
  });
});

describe('the gate', () => {
  const clock = { now: () => 0, wait: () => new Promise<void>(() => undefined) };
  const never = new AbortController().signal;

  test('lets no more in than the window, and who waits when a place is left', async () => {
    const gate = createGate({ ...defaultLimits, maxInFlight: 1 }, clock);
    const first = await gate.enter(never);
    let second = false;
    const entering = gate.enter(never).then((place) => {
      second = true;
      return place;
    });
    await Promise.resolve();
    expect(second).toBe(false);
    first.left();
    first.left();
    await entering;
    const stop = new AbortController();
    const third = gate.enter(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(third).rejects.toThrow('stopped');
  });

  test('a pause that the peer asked for ends, also where a timer fires before the clock has come so far', async () => {
    let nowMs = 1_000;
    const waits: { readonly delayMs: number; readonly fire: () => void }[] = [];
    const wait = (delayMs: number): Promise<void> => new Promise((fire) => void waits.push({ delayMs, fire }));
    const gate = createGate(defaultLimits, { now: () => nowMs, wait });
    (await gate.enter(never)).dropped('refused', 1_000);
    let entered = false;
    const next = gate.enter(never).then(() => (entered = true));
    nowMs += 999;
    waits[0]?.fire();
    await expect.poll(() => waits.map(({ delayMs }) => delayMs)).toEqual([1_000, 1]);
    expect(entered).toBe(false);
    nowMs += 1;
    waits[1]?.fire();
    await next;
    expect(entered).toBe(true);
  });

  test('a peer that works for long makes bodies no smaller; a wire that takes long does', async () => {
    let nowMs = 0;
    const gate = createGate(defaultLimits, { ...clock, now: () => nowMs });
    const send = async (tookMs: number, peerMs: number): Promise<number> => {
      const place = await gate.enter(never);
      nowMs += tookMs;
      place.answered(defaultLimits.maxBodyBytes, peerMs);
      return gate.targetBytes();
    };
    const first = gate.targetBytes();
    expect(await send(20_000, 18_000)).toBe(first);
    expect(await send(20_000, 0)).toBeLessThan(first);
  });

  test('memory: holds what is allowed, and alone what is larger than that', async () => {
    const gate = createGate({ ...defaultLimits, maxHeldBytes: 100 }, clock);
    expect([gate.tryHold(60), gate.tryHold(60)]).toEqual([true, false]);
    const large = gate.hold(500, never);
    gate.release(60);
    await large;
    expect(gate.tryHold(1)).toBe(false);
    gate.release(500);
    expect(gate.tryHold(100)).toBe(true);
  });
});
