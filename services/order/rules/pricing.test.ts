import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';

import { Country } from '#contracts/country.ts';

import { countryRules } from './countries.ts';
import { MOST_MINOR, shareOf, sumOf } from './money.ts';
import { priceOf, refundOf, type Pricing, type PricedUnits } from './pricing.ts';

const sold = (units: readonly PricedUnits[], country: string, currency: string, region: 'world' | 'china' = 'world'): Pricing => {
  const pricing = priceOf(units, { region, country, currency });
  if (typeof pricing === 'string') throw new Error(pricing);
  return pricing;
};

const currencyOf = (country: string): string => [...(countryRules.get(country)?.delivery.keys() ?? [])][0] ?? '';

describe('a share', () => {
  it.each([
    [1, 1, 2, 1],
    [3, 1, 2, 2],
    [1, 1, 3, 0],
    [2, 1, 3, 1],
    [999_999_999_999, 10_000, 10_001, 999_900_009_998],
    [999_999_999_999, 9_999, 10_000, 999_899_999_999],
    [0, 5, 7, 0],
  ])('%i * %i / %i is %i, a half upwards', (amount, numerator, denominator, expected) => {
    expect(shareOf(amount, numerator, denominator)).toBe(expected);
  });

  it('is of nothing that is negative, and never by zero', () => {
    for (const bad of [
      [-1, 1, 1],
      [1, -1, 1],
      [1, 1, 0],
    ] as const)
      expect(() => shareOf(bad[0], bad[1], bad[2])).toThrow(RangeError);
  });
});

describe('prices', () => {
  it('hold the tax where the country shows them so', () => {
    const { lines, shipping, totals } = sold([{ unitMinor: 295, quantity: 6 }], 'GB', 'GBP');
    expect(lines).toEqual([{ netMinor: 1_475, taxMinor: 295, totalMinor: 1_770 }]);
    expect(shipping).toEqual({ netMinor: 329, taxMinor: 66, totalMinor: 395 });
    expect(totals).toEqual({ netMinor: 1_804, taxMinor: 361, totalMinor: 2_165 });
  });

  it('get the tax on top where it is added', () => {
    const { lines, totals } = sold([{ unitMinor: 210, quantity: 1 }], 'CA', 'USD');
    // 10.5 is rounded up.
    expect(lines).toEqual([{ netMinor: 210, taxMinor: 11, totalMinor: 221 }]);
    expect(totals).toEqual({ netMinor: 1_700, taxMinor: 86, totalMinor: 1_786 });
  });

  it('are without delivery from the sum on at which it is free', () => {
    expect(sold([{ unitMinor: 4_999, quantity: 1 }], 'GB', 'GBP').shipping.totalMinor).toBe(395);
    expect(sold([{ unitMinor: 2_500, quantity: 2 }], 'GB', 'GBP').shipping).toEqual({ netMinor: 0, taxMinor: 0, totalMinor: 0 });
  });

  it('are those of the country’s standard rate, by either shop', () => {
    // Written down a second time, from what the countries say: a slip in the table shows.
    const percentOf = (list: string) => new Map(list.split(', ').map((one) => [one.slice(0, 2), Number(one.slice(3))]));
    const included = percentOf(
      'GB 20, IE 23, DE 19, FR 20, ES 21, IT 22, NL 21, BE 21, AT 20, PT 23, PL 23, CZ 21, LT 21, GR 24, CY 19, MT 18, DK 25, SE 25, FI 25.5, NO 25, IS 24, ' +
        'CH 8.1, JE 5, AU 10, JP 10, HK 0, SG 9, AE 5, BH 10, SA 15, IL 18, LB 11',
    );
    const added = percentOf('US 0, CA 5, BR 0');
    for (const region of ['world', 'china'] as const) {
      for (const [country, percent] of [...included, ...added]) {
        const { taxBasisPoints, lines } = sold([{ unitMinor: 100_000, quantity: 1 }], country, currencyOf(country), region);
        expect(taxBasisPoints, country).toBe(Math.round(percent * 100));
        expect(lines[0]?.totalMinor === 100_000, country).toBe(included.has(country) || percent === 0);
      }
    }
    expect(sold([{ unitMinor: 11_300, quantity: 1 }], 'CN', 'CNY', 'china').lines).toEqual([
      { netMinor: 10_000, taxMinor: 1_300, totalMinor: 11_300 },
    ]);
    expect([...countryRules.keys()].toSorted()).toEqual([...included.keys(), ...added.keys(), 'CN'].toSorted());
    for (const country of countryRules.keys()) expect(Value.Check(Country, country), country).toBe(true);
  });

  it.each([
    ['GB', 'GBP', 395, 5_000],
    ['GB', 'EUR', 495, 6_000],
    ['DE', 'EUR', 690, 9_900],
    ['FR', 'GBP', 590, 8_500],
    ['US', 'USD', 1_490, 19_900],
    ['JP', 'EUR', 1_390, 18_900],
    ['AU', 'GBP', 1_190, 15_900],
    ['CN', 'CNY', 1_200, 9_900],
  ])('of what goes to %s for %s hold %i for delivery, and none from %i on', (country, currency, flatMinor, freeFromMinor) => {
    const region = country === 'CN' ? 'china' : 'world';
    const deliveryOf = (unitMinor: number) => sold([{ unitMinor, quantity: 1 }], country, currency, region).shipping.totalMinor;
    expect([freeFromMinor - 1, freeFromMinor].map(deliveryOf)).toEqual([flatMinor, 0]);
  });

  it.each([
    ['a country that is not delivered to', 'KP', 'USD', 'world'],
    ['a currency that is not taken there', 'GB', 'CNY', 'world'],
    ['an address of the other region', 'CN', 'CNY', 'world'],
    ['an address of the world in a currency that only China takes', 'GB', 'CNY', 'china'],
    ['what is a property of every object', 'constructor', 'GBP', 'world'],
    ['a currency of that kind', 'GB', 'toString', 'world'],
  ] as const)('there is none for %s', (_what, country, currency, region) => {
    expect(priceOf([{ unitMinor: 1, quantity: 1 }], { region, country, currency })).toBe('not_deliverable');
  });

  it('there is none for more than an amount can hold', () => {
    const to = { region: 'world', country: 'CA', currency: 'USD' } as const;
    expect(priceOf([{ unitMinor: MOST_MINOR, quantity: 999 }], to)).toBe('amount_too_large');
    expect(priceOf([{ unitMinor: MOST_MINOR, quantity: 1 }], to)).toBe('amount_too_large');
    expect(sold([{ unitMinor: MOST_MINOR, quantity: 1 }], 'GB', 'GBP').totals.totalMinor).toBe(MOST_MINOR);
  });
});

/** Every pair of a country and a currency that is sold to, with units that may be anything which a cart holds. */
const destinations = [...countryRules].flatMap(([country, { regions, delivery }]) =>
  regions.flatMap((region) => [...delivery.keys()].map((currency) => ({ country, currency, region }))),
);
const orders = fc.record({
  to: fc.constantFrom(...destinations),
  units: fc.array(fc.record({ unitMinor: fc.integer({ min: 0, max: 10_000_000 }), quantity: fc.integer({ min: 1, max: 999 }) }), {
    minLength: 1,
    maxLength: 100,
  }),
});

describe('whatever is bought, wherever it goes', () => {
  it('lines and shipping add up to the totals, net and tax to the sum, and nothing is negative', () => {
    fc.assert(
      fc.property(orders, ({ to, units }) => {
        const { lines, shipping, totals } = sold(units, to.country, to.currency, to.region);
        const parts = [...lines, shipping];
        for (const { netMinor, taxMinor, totalMinor } of [...parts, totals]) {
          expect(netMinor + taxMinor).toBe(totalMinor);
          expect(Math.min(netMinor, taxMinor, totalMinor)).toBeGreaterThanOrEqual(0);
          expect([netMinor, taxMinor, totalMinor].every(Number.isSafeInteger)).toBe(true);
        }
        for (const name of ['netMinor', 'taxMinor', 'totalMinor'] as const)
          expect(sumOf(parts.map((part) => part[name]))).toBe(totals[name]);
      }),
    );
  });

  it('the tax of a line is what the rate says, to half a minor unit', () => {
    fc.assert(
      fc.property(orders, ({ to, units }) => {
        const { lines, taxBasisPoints } = sold(units, to.country, to.currency, to.region);
        for (const { netMinor, taxMinor } of lines) {
          // Of a price that holds the tax, the net is what was rounded: its error comes back multiplied by the rate.
          expect(Math.abs(taxMinor * 10_000 - netMinor * taxBasisPoints)).toBeLessThanOrEqual(5_000 + taxBasisPoints / 2);
        }
      }),
    );
  });

  it('what is paid back for the parts of a line is the line in the end, and never more than it on the way', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: MOST_MINOR }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
        (totalMinor, parts) => {
          const line = { totalMinor, quantity: sumOf(parts) };
          let [before, paid] = [0, 0];
          for (const units of parts) {
            const back = refundOf(line, before, units);
            expect(back).toBeGreaterThanOrEqual(0);
            before += units;
            paid += back;
            expect(paid).toBeLessThanOrEqual(totalMinor);
          }
          expect(paid).toBe(totalMinor);
          expect(() => refundOf(line, before, 1)).toThrow(RangeError);
        },
      ),
    );
  });
});
