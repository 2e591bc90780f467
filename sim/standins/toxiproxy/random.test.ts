import { expect, it } from 'vitest';
import { createRandom } from './random.ts';

const draw = (seed: number) => Array.from({ length: 1000 }, createRandom(seed));

it('repeats its numbers by seed, spread over [0, 1)', () => {
  const numbers = draw(7);
  expect(draw(7)).toEqual(numbers);
  expect(draw(8)).not.toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});
