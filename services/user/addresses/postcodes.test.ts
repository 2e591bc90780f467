import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readPostcode } from './postcodes.ts';

const digits = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const letter = (letters: string) => fc.constantFrom(...letters);
const digit = letter('0123456789');
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((drawn) => drawn.join(''));

/** The formats of British postcodes as Royal Mail lists them, one by one. */
const area = letter('ABCDEFGHIJKLMNOPRSTUWYZ');
const second = letter('ABCDEFGHKLMNOPQRSTUVWXY');
const outward = fc.oneof(
  join(area, digit),
  join(area, digit, digit),
  join(area, second, digit),
  join(area, second, digit, digit),
  join(area, digit, letter('ABCDEFGHJKPSTUW')),
  join(area, second, digit, letter('ABEHMNPRVWXY')),
);
const inward = join(digit, letter('ABDEFGHJLNPQRSTUWXYZ'), letter('ABDEFGHJLNPQRSTUWXYZ'));

const valid: Readonly<Record<string, fc.Arbitrary<string>>> = {
  GB: fc.oneof(join(outward, fc.constant(' '), inward), fc.constant('GIR 0AA')),
  US: fc.oneof(digits(5), join(digits(5), fc.constant('-'), digits(4))),
  DE: digits(5).filter((code) => !code.startsWith('00')),
  FR: digits(5).filter((code) => !code.startsWith('00') && !code.startsWith('99')),
  CN: digits(6),
};

describe.each(Object.entries(valid))('a postcode of %s', (country, codes) => {
  it('is read as it is, and in whatever case and with whatever blanks it is typed', () => {
    fc.assert(
      fc.property(codes, fc.array(fc.tuple(fc.nat(12), fc.constantFrom(' ', '  ')), { maxLength: 4 }), (code, blanks) => {
        expect(readPostcode(country, code)).toEqual({ postcode: code });
        const typed = blanks.reduce((text, [at, blank]) => `${text.slice(0, at)}${blank}${text.slice(at)}`, code.toLowerCase());
        expect(readPostcode(country, typed)).toEqual({ postcode: code });
      }),
    );
  });

  it('is refused with a character too many, too few, or none at all', () => {
    expect(readPostcode(country, null)).toHaveProperty('fault');
    fc.assert(
      fc.property(codes, digit, fc.nat(9), (code, more, at) => {
        const compact = code.replaceAll(' ', '');
        if (country !== 'GB') expect(readPostcode(country, `${code}${more}`)).toHaveProperty('fault');
        expect(readPostcode(country, compact.slice(0, 2))).toHaveProperty('fault');
        const place = at % compact.length;
        for (const wrong of ['?', 'Ä', '１']) {
          expect(readPostcode(country, `${compact.slice(0, place)}${wrong}${compact.slice(place + 1)}`)).toHaveProperty('fault');
        }
      }),
    );
  });
});

it.each([
  ['GB', 'SW1A 1AC'],
  ['GB', 'QW1A 1AA'],
  ['GB', 'SW1A AAA'],
  ['GB', 'SW123 1AA'],
  ['GB', 'W1L 1AA'],
  ['GB', 'SW1C 1AA'],
  ['GB', 'SI1 1AA'],
  ['US', '9410'],
  ['US', '94105-18'],
  ['DE', '00123'],
  ['FR', '99123'],
  ['CN', '2000401'],
])('%s has no %s', (country, code) => {
  expect(readPostcode(country, code)).toHaveProperty('fault');
});

it('of other countries is whatever they print, without blanks at the ends', () => {
  const other = fc.string({ unit: fc.constantFrom(...'ABZ019 -'), minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.constantFrom('IE', 'HK', 'JP', 'ZZ', 'constructor'), other, (country, text) => {
      const read = readPostcode(country, text);
      expect(read).toEqual({ postcode: text.split(' ').filter(Boolean).join(' ') });
      if ('postcode' in read) expect(readPostcode(country, read.postcode)).toEqual(read);
    }),
  );
  expect(readPostcode('HK', null)).toEqual({ postcode: null });
});
