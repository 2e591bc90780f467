import { expect, test } from 'vitest';
import { unitsOf } from './units.ts';

test('whole numbers are units, in full-width digits too', () => {
  expect(unitsOf(' 12 ', 1)).toBe(12);
  expect(unitsOf('１２', 1)).toBe(12);
  expect(unitsOf('0', 0)).toBe(0);
});

test('what is none, too few or too many is not guessed', () => {
  for (const text of ['', '0', '-1', '1.5', '1,000', 'ten', '1000001']) expect(unitsOf(text, 1), text).toBeUndefined();
});
