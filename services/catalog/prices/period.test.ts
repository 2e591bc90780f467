import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalInstant } from '#platform/instant.ts';

import { isPeriod } from './period.ts';

const micros = fc.integer({ min: 0, max: 999_999 });
const second = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19));
/** An instant in one of its spellings, with its number of microseconds. */
const instant = fc.tuple(second, micros, fc.boolean()).map(([seconds, fraction, short]) => {
  const digits = String(fraction).padStart(6, '0');
  const kept = short ? digits.replace(/0+$/, '') : digits;
  return { text: kept === '' ? `${seconds}Z` : `${seconds}.${kept}Z`, at: BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction) };
});

describe('an instant', () => {
  it('has one spelling, which sorts as time does', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(canonicalInstant(a.text)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(canonicalInstant(a.text) < canonicalInstant(b.text)).toBe(a.at < b.at);
        expect(canonicalInstant(canonicalInstant(a.text))).toBe(canonicalInstant(a.text));
      }),
    );
  });
});

describe('a period', () => {
  it('ends after it begins, or never', () => {
    fc.assert(
      fc.property(instant, fc.option(instant), (from, to) => {
        expect(isPeriod(from.text, to === null ? null : to.text)).toBe(to === null || from.at < to.at);
      }),
    );
    expect(isPeriod('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z')).toBe(false);
    expect(isPeriod('2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100001Z')).toBe(true);
  });
});
