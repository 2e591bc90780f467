import { Value } from 'typebox/value';
import { expect, it } from 'vitest';

import { Country, KeptCountry } from './country.ts';

it.each(['GB', 'CN', 'IE', 'ZA', 'JE', 'HK', 'BQ', 'SS'])('%s is a country', (code) => expect(Value.Check(Country, code)).toBe(true));

it.each(['XX', 'ZZ', 'UK', 'EU', 'XK', 'AN', 'CS', 'DD', 'SU', 'TP', 'YU', 'ZR', 'gb', 'GBR', 'G', ''])('%s is none', (code) =>
  expect(Value.Check(Country, code)).toBe(false),
);

it('is one of as many as there are, of which Unicode has a name for each', () => {
  const letters = Array.from({ length: 26 }, (_, place) => String.fromCodePoint(65 + place));
  const codes = letters.flatMap((one) => letters.map((other) => one + other)).filter((code) => Value.Check(Country, code));
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  expect(codes.filter((code) => names.of(code) === undefined)).toEqual([]);
  expect(codes).toHaveLength(249);
});

it('that was kept is read, whatever two capitals it is', () => {
  expect(['XX', 'xx', 'XXX'].map((code) => Value.Check(KeptCountry, code))).toEqual([true, false, false]);
});
