import { expect, test } from 'vitest';
import { readDigits } from './digits.ts';

test('a code is read as people write it', () => {
  expect(readDigits('123456', 6)).toBe('123456');
  expect(readDigits(' 123 456 ', 6)).toBe('123456');
  expect(readDigits('123-456', 6)).toBe('123456');
  expect(readDigits('１２３４５６', 6)).toBe('123456');
});

test('what has more or fewer digits, or something else, is none', () => {
  for (const text of ['', '12345', '1234567', '12345a', '+12345']) expect(readDigits(text, 6), text).toBeUndefined();
});
