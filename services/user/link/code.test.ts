import fc from 'fast-check';
import { expect, test } from 'vitest';

import { hashOfLinkCode, newLinkCode } from './code.ts';

test('a code is read however it is typed, and is no other code', () => {
  const blanks = fc.array(fc.tuple(fc.nat(24), fc.constantFrom(' ', '-')), { maxLength: 5 });
  fc.assert(
    fc.property(blanks, fc.boolean(), fc.nat(19), (inserted, isLower, place) => {
      const code = newLinkCode();
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
      const hash = hashOfLinkCode(code);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      const confused = code.replaceAll('0', 'O').replaceAll('1', place % 2 === 0 ? 'I' : 'l');
      const typed = inserted.reduce((text, [at, blank]) => `${text.slice(0, at)}${blank}${text.slice(at)}`, confused);
      expect(hashOfLinkCode(isLower ? typed.toLowerCase() : typed)).toBe(hash);
      const compact = code.replaceAll('-', '');
      const other = compact[place] === 'Z' ? '0' : 'Z';
      expect(hashOfLinkCode(`${compact.slice(0, place)}${other}${compact.slice(place + 1)}`)).not.toBe(hash);
    }),
  );
});

test.each(['', '0'.repeat(19), '0'.repeat(21), 'U'.repeat(20), `${'0'.repeat(19)}é`, '０'.repeat(20)])('%j is no code', (typed) => {
  expect(hashOfLinkCode(typed)).toBeUndefined();
});

test('every symbol stands at every place', () => {
  const seen = Array.from({ length: 20 }, () => new Set<string>());
  for (let n = 0; n < 2_000; n += 1) [...newLinkCode().replaceAll('-', '')].forEach((symbol, place) => seen[place]?.add(symbol));
  expect(seen.map(({ size }) => size)).toEqual(seen.map(() => 32));
});
