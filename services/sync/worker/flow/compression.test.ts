import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { levelOf, measured, unmeasured } from './compression.ts';

const FAST = 3;
const THOROUGH = 9;

describe('compression', () => {
  test('is fast while nothing is known, and where the wire is', () => {
    expect(levelOf(unmeasured)).toBe(FAST);
    expect(levelOf(measured(unmeasured, 128 * 1024, 5, 0))).toBe(FAST);
  });

  test('is thorough over a flow of 2 Mbit/s and 200 ms', () => {
    expect(levelOf(measured(unmeasured, 128 * 1024, 725, 0))).toBe(THOROUGH);
  });

  test('does not take a busy peer for a slow wire', () => {
    expect(levelOf(measured(unmeasured, 128 * 1024, 2_005, 2_000))).toBe(FAST);
  });

  test('learns nothing from small bodies, which only tell of the round trip', () => {
    expect(measured(unmeasured, 500, 200, 0)).toEqual(unmeasured);
  });

  test('comes round to what the wire is, whatever it was before', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(200_000), ms: fc.nat(10_000) }), { maxLength: 20 }), (before) => {
        const past = before.reduce((held, { bytes, ms }) => measured(held, bytes, ms, 0), unmeasured);
        const now = Array.from({ length: 40 }).reduce<typeof past>((held) => measured(held, 100_000, 1_000, 0), past);
        expect(levelOf(now)).toBe(THOROUGH);
      }),
    );
  });
});
