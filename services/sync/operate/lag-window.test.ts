import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createLagWindow } from './lag-window.ts';

test('a quantile is within a twentieth of the exact one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (lags, q) => {
        const window = createLagWindow();
        for (const lag of lags) window.add(lag, 1, 1_000);
        const exact = lags.toSorted((a, b) => a - b)[Math.ceil(q * lags.length) - 1] ?? 0;
        const found = window.quantile(q, 1_000) ?? 0;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.05 + 1);
      },
    ),
  );
});

test('forgets what is older than a minute, and has nothing to say of nothing', () => {
  const window = createLagWindow();
  expect(window.quantile(0.5, 0)).toBeNull();
  window.add(5_000, 1_000, 5_000);
  window.add(100, 10, 40_000);
  expect(window.quantile(0.5, 40_000)).toBeGreaterThan(4_000);
  expect(window.quantile(0.5, 66_000)).toBeLessThan(110);
  expect(window.quantile(0.5, 200_000)).toBeNull();
});
