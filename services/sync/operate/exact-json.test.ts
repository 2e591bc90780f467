import fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseExactly } from './exact-json.ts';

test('a number that a double rounds becomes text, and nothing else does', () => {
  const text =
    '{"$w": {"world#1": 117665442232860672}, "9007199254740993": "9007199254740993", "a\\"1234567890123456": [-1.5, 12, 0.1234567890123456789]}';
  expect(parseExactly(text)).toEqual({
    $w: { 'world#1': '117665442232860672' },
    '9007199254740993': '9007199254740993',
    'a"1234567890123456': [-1.5, 12, '0.1234567890123456789'],
  });
});

test('what JSON holds without large numbers is read as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseExactly(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('every int8 keeps its digits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
      expect(String(parseExactly(`${n}`))).toBe(String(n));
    }),
  );
});
