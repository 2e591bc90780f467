import { assert, constantFrom, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { formatMoney, minorDigits, parseMajorText, toMajorText } from './money.ts';

test('reads what people write', () => {
  const pence = (text: string) => parseMajorText(text, 'GBP')?.amountMinor;
  expect(pence('12')).toBe(1200);
  expect(pence('12.')).toBe(1200);
  expect(pence('12.5')).toBe(1250);
  expect(pence(' 12.50 ')).toBe(1250);
  expect(pence('0.29')).toBe(29);
  expect(pence('１２．５０')).toBe(1250);
  expect(pence('12。5')).toBe(1250);
});

test('does not guess', () => {
  for (const text of [
    '',
    '.',
    '.5',
    '12,50',
    '1,250.00',
    '-1',
    '+1',
    '12.505',
    '1e3',
    '£12',
    '12 50',
    'NaN',
    '10000000000',
    '1234567890123',
  ]) {
    expect(parseMajorText(text, 'GBP'), text).toBeUndefined();
  }
});

test('a currency decides how many digits there are', () => {
  expect(minorDigits('GBP')).toBe(2);
  expect(minorDigits('JPY')).toBe(0);
  expect(parseMajorText('1250', 'JPY')).toEqual({ amountMinor: 1250, currency: 'JPY' });
  expect(parseMajorText('12.5', 'JPY')).toBeUndefined();
  expect(toMajorText({ amountMinor: 1250, currency: 'JPY' })).toBe('1250');
});

test('an amount written out and read again is the same amount, to the last unit', () => {
  assert(
    property(integer({ min: 0, max: 999_999_999_999 }), constantFrom('GBP', 'CNY', 'JPY', 'KWD'), (amountMinor, currency) => {
      const money = { amountMinor, currency };
      expect(parseMajorText(toMajorText(money), currency)).toEqual(money);
    }),
  );
});

test('is shown in the language of the reader', () => {
  expect(formatMoney({ amountMinor: 123_456, currency: 'GBP' }, 'en-GB')).toBe('£1,234.56');
  expect(formatMoney({ amountMinor: 5, currency: 'GBP' }, 'zh-CN')).toBe('£0.05');
});
