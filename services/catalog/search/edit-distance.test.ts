import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { editDistance } from './edit-distance.ts';

const word = fc.array(fc.constantFrom(...'abc灯'), { maxLength: 7 }).map((letters) => letters.join(''));

describe('slips', () => {
  it.each([
    ['heart', 'heart', 0],
    ['haert', 'heart', 1],
    ['hart', 'heart', 1],
    ['heaart', 'heart', 1],
    ['hearth', 'heart', 1],
    ['latnen', 'lantern', 2],
    ['', 'abc', 3],
    ['abc', 'xyz', 3],
  ])('from %s to %s are %i', (a, b, slips) => {
    expect(editDistance(a, b)).toBe(slips);
  });

  it('are as many there as back, none between the same, and as many as the longer is long at most', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const slips = editDistance(a, b);
        expect(editDistance(b, a)).toBe(slips);
        expect(slips === 0).toBe(a === b);
        expect(slips).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(slips).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});
