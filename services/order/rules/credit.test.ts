/**
 * Goal: whatever comes back, in whatever parts, credit notes together never exceed the invoice, and are the invoice once everything has come back: line by line, net,
 * tax and delivery, to the penny. Planted once: tax of a part rounded by itself, delivery with the first part.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { countryRules } from './countries.ts';
import { creditOf, type Credit, type InvoicedLine } from './credit.ts';
import { sumOf } from './money.ts';
import { priceOf, type Taxed } from './pricing.ts';

const destinations = [...countryRules].flatMap(([country, { regions, delivery }]) =>
  regions.flatMap((region) => [...delivery.keys()].map((currency) => ({ country, currency, region }))),
);
/** Prices of a few pennies most of all: there rounding shows. */
const unit = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 10_000_000 }));
const sales = fc.record({
  to: fc.constantFrom(...destinations),
  units: fc.array(fc.record({ unitMinor: unit, quantity: fc.integer({ min: 1, max: 12 }) }), { minLength: 1, maxLength: 6 }),
  /** Which of what is left comes back next: a share of each line. */
  parts: fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 6 }), { maxLength: 12 }),
});
const names = ['netMinor', 'taxMinor', 'totalMinor'] as const;

/** Takes all back in such parts, and the rest at the end; answers the invoice's lines and the credits. */
function takeBack({ to, units, parts }: typeof sales extends fc.Arbitrary<infer Sale> ? Sale : never) {
  const pricing = priceOf(units, to);
  if (typeof pricing === 'string') throw new Error(pricing);
  const invoiced = pricing.lines.map((taxed, at): InvoicedLine => ({ ...taxed, line: at + 1, quantity: units[at]!.quantity, returned: 0 }));
  const credits: Credit[] = [];
  let now: readonly InvoicedLine[] = invoiced;
  const give = (wanted: (line: InvoicedLine, at: number) => number): void => {
    const back = now.map((line, at) => ({ line: line.line, quantity: Math.min(wanted(line, at), line.quantity - line.returned) }));
    const some = back.filter(({ quantity }) => quantity > 0);
    if (some.length === 0) return;
    credits.push(creditOf(now, pricing.shipping, some));
    now = now.map((line, at) => ({ ...line, returned: line.returned + back[at]!.quantity }));
  };
  for (const part of parts) give((_line, at) => part[at]!);
  give(({ quantity }) => quantity);
  return { invoiced, pricing, credits };
}

describe('whatever comes back, in whatever parts', () => {
  it('all credits together are the invoice, line by line, and none of them is negative', () => {
    fc.assert(
      fc.property(sales, (sale) => {
        const { invoiced, pricing, credits } = takeBack(sale);
        for (const name of names) {
          for (const { line, ...whole } of invoiced) {
            const shares = credits.flatMap(({ lines }) => lines.filter((one) => one.line === line));
            expect(sumOf(shares.map((share) => share[name]))).toBe(whole[name]);
          }
          expect(sumOf(credits.map(({ shipping }) => shipping[name]))).toBe(pricing.shipping[name]);
          expect(sumOf(credits.map(({ totals }) => totals[name]))).toBe(pricing.totals[name]);
        }
        const amounts = credits.flatMap(({ lines, shipping, totals }): Taxed[] => [...lines, shipping, totals]);
        for (const { netMinor, taxMinor, totalMinor } of amounts) {
          expect(Math.min(netMinor, taxMinor)).toBeGreaterThanOrEqual(0);
          expect(netMinor + taxMinor).toBe(totalMinor);
        }
      }),
    );
  });

  it('the sum of them never exceeds the invoice on the way, and delivery is in the last alone', () => {
    fc.assert(
      fc.property(sales, (sale) => {
        const { pricing, credits } = takeBack(sale);
        for (const name of names) {
          let sum = 0;
          for (const { totals } of credits) {
            sum += totals[name];
            expect(sum).toBeLessThanOrEqual(pricing.totals[name]);
          }
        }
        for (const { shipping } of credits.slice(0, -1)) expect(shipping.totalMinor).toBe(0);
      }),
    );
  });
});

it('is of what was invoiced, and of no more than is left', () => {
  const line: InvoicedLine = { line: 1, quantity: 2, returned: 1, netMinor: 10, taxMinor: 2, totalMinor: 12 };
  const free: Taxed = { netMinor: 0, taxMinor: 0, totalMinor: 0 };
  expect(() => creditOf([line], free, [{ line: 1, quantity: 2 }])).toThrow(RangeError);
  expect(() => creditOf([line], free, [{ line: 2, quantity: 1 }])).toThrow(RangeError);
});
