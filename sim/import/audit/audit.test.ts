/**
 * Goal: two reckonings that share no rule agree on what dirty rows are; and the comparison with the books fails for a lost order, a doubled one, a penny, a wrong month,
 * a wrong region, and a row that was left out in silence. Planted once: each of these.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { countryCodeOf } from '../life/countries.ts';
import type { LeftOut } from '../life/left-out.ts';
import { invoiceOf, planSteps, type Step } from '../life/plan.ts';
import { parseRegionsMap } from '../life/regions-map.ts';
import type { LifeRow } from '../life/rows.ts';
import { monthOf, surveyRows } from '../life/survey.ts';
import type { BookedInvoice } from './database-totals.ts';
import { readFileTotals, type LeftOutTotals } from './file-totals.ts';
import { reconcile } from './reconcile.ts';

const map = parseRegionsMap('United Kingdom=world,*=china');
const regionOf = (name: string) => map.regionOf(name);
async function* numbered(rows: readonly LifeRow[]) {
  for (const [at, raw] of rows.entries()) yield { line: at + 2, raw };
}

/** What the replay makes of rows, as the books would have it. */
async function planned(rows: readonly LifeRow[]) {
  const survey = await surveyRows(numbered(rows), map, () => false);
  const steps: Step[] = [];
  const left: LeftOut[] = [];
  for await (const step of planSteps(numbered(rows), { namespace: 'test', map, survey, onLeftOut: (one) => left.push(one) }))
    steps.push(step);
  const sales = new Map(steps.flatMap((step) => (step.kind === 'sale' ? [[step.reference, step] as const] : [])));
  const booked = steps.map((step): BookedInvoice => {
    const sale = step.kind === 'sale' ? step : sales.get(step.saleReference)!;
    const priceOf = (sku: string): number => sale.lines.find((line) => line.sku === sku)!.unitMinor;
    const sign = step.kind === 'sale' ? 1 : -1;
    return {
      region: step.region,
      invoice: invoiceOf(step.reference),
      month: monthOf(step.soldMs),
      country: countryCodeOf(sale.country)!,
      units: sign * step.lines.reduce((sum, { quantity }) => sum + quantity, 0),
      minor: sign * step.lines.reduce((sum, { sku, quantity }) => sum + quantity * priceOf(sku), 0),
    };
  });
  const leftOut = new Map<string, LeftOutTotals>();
  for (const { reason, units, amountMinor } of left) {
    const known = leftOut.get(reason) ?? { rows: 0, units: 0, minor: 0 };
    leftOut.set(reason, { rows: known.rows + 1, units: known.units + (units ?? 0), minor: known.minor + (amountMinor ?? 0) });
  }
  return { steps, booked, leftOut };
}

const audited = (rows: readonly LifeRow[]) => readFileTotals({ open: async () => numbered(rows), countryCodeOf, regionOf });

/** Mostly what a clean row has, so that sales and what comes back of them meet; now and then something dirty. */
const mostly = (clean: readonly string[], ...dirty: string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...clean) }, { weight: 1, arbitrary: fc.constantFrom(...dirty) });
const row = fc.record({
  InvoiceNo: mostly(['100', '101', '102', 'C103', 'C104'], 'A1', '', 'C'),
  StockCode: mostly(['10001', '10002', '10002a', ' 10001 '], 'POST', '1000', '10001ABC'),
  Description: fc.constantFrom('MEADOW TIN', '', '?'),
  Quantity: mostly(['1', '2', '3', '5', '1500'], '0', '-4', '', 'x', '1.5'),
  InvoiceDate: mostly(['2010-12-01T08:26:00', '2010-12-31T23:59:00', '2011-01-01 00:00:00'], '2011-02-30T08:00:00', 'yesterday', ''),
  UnitPrice: mostly(['2.55', '2.5', '10'], '0', '0.001', '-1.00', 'free', ''),
  CustomerID: mostly(['17850', '13047', ''], 'x1'),
  Country: mostly(['United Kingdom', 'France'], 'Unspecified', ''),
});

describe('the reckoning by itself', () => {
  it('agrees with what the replay plans, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (drawn) => {
        // In the order of time, as such files are; of a cancellation goods come back.
        const rows = drawn
          .map((one) => (one.InvoiceNo.startsWith('C') ? { ...one, Quantity: `-${one.Quantity}` } : one))
          .sort((a, b) => (a.InvoiceDate < b.InvoiceDate ? -1 : a.InvoiceDate > b.InvoiceDate ? 1 : 0));
        const { booked, leftOut } = await planned(rows);
        const result = reconcile({ file: await audited(rows), booked, leftOut });
        expect(result.differences).toEqual([]);
        expect(result.agrees).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is of sterling to the penny', async () => {
    const one = {
      InvoiceNo: '1',
      StockCode: '10001',
      Description: 'TIN',
      InvoiceDate: '2010-12-01T08:26:00',
      CustomerID: '1',
      Country: 'France',
    };
    const rows = [
      { ...one, Quantity: '3', UnitPrice: '0.29' },
      { ...one, Quantity: '7', UnitPrice: '4.35' },
    ];
    const { invoices } = await audited(rows);
    expect([...invoices.values()]).toEqual([{ invoice: '1', month: '2010-12', country: 'FR', region: 'china', units: 10, minor: 3_132 }]);
  });
});

describe('the books are not the file’s', () => {
  const base = { Description: 'MEADOW TIN', InvoiceDate: '2010-12-01T08:26:00', UnitPrice: '2.55', CustomerID: '17850' };
  const rows: LifeRow[] = [
    { ...base, InvoiceNo: '100', StockCode: '10001', Quantity: '6', Country: 'United Kingdom' },
    { ...base, InvoiceNo: '101', StockCode: '10001', Quantity: '6', Country: 'France' },
    { ...base, InvoiceNo: '102', StockCode: 'POST', Quantity: '1', Country: 'France' },
    { ...base, InvoiceNo: 'C103', StockCode: '10001', Quantity: '-2', Country: 'United Kingdom' },
  ];
  const [first, second] = [0, 1];
  type Books = BookedInvoice[];
  const planted: readonly [string, (books: Books, leftOut: Map<string, LeftOutTotals>) => void][] = [
    ['a lost order', (books) => void books.splice(first, 1)],
    ['a doubled order', (books) => void books.push({ ...books[first]! })],
    ['an order of nowhere', (books) => void books.push({ ...books[first]!, invoice: '999' })],
    ['a penny off', (books) => void (books[second] = { ...books[second]!, minor: books[second]!.minor + 1 })],
    [
      'a penny too many here and one too few there',
      (books) => {
        books[first] = { ...books[first]!, minor: books[first]!.minor + 1 };
        books[second] = { ...books[second]!, minor: books[second]!.minor - 1 };
      },
    ],
    ['a unit too few at the same money', (books) => void (books[first] = { ...books[first]!, units: 5 })],
    ['another month', (books) => void (books[first] = { ...books[first]!, month: '2011-01' })],
    ['another region', (books) => void (books[first] = { ...books[first]!, region: 'china' })],
    ['another country', (books) => void (books[first] = { ...books[first]!, country: 'FR' })],
    ['a return in another month', (books) => void books.push({ ...books.pop()!, month: '2011-01' })],
    ['a return that is lost', (books) => void books.pop()],
    ['a row left out in silence', (_books, leftOut) => void leftOut.delete('not_a_product')],
    [
      'a row left out that is a sale',
      (books, leftOut) => {
        books.splice(first, 1);
        leftOut.set('no_country', { rows: 1, units: 6, minor: 1_530 });
      },
    ],
  ];

  it('agree where the books do not say when something came back, as those of an earlier release', async () => {
    const { booked, leftOut } = await planned(rows);
    const old = booked.map((one) => (one.invoice.startsWith('C') ? { ...one, month: null } : one));
    expect(reconcile({ file: await audited(rows), booked: old, leftOut })).toMatchObject({ agrees: true });
  });

  it('agree where nothing is wrong', async () => {
    const { booked, leftOut } = await planned(rows);
    expect(reconcile({ file: await audited(rows), booked, leftOut })).toMatchObject({
      agrees: true,
      total: { database: { units: 10, minor: 2_550 } },
    });
  });

  it.each(planted)('where there is %s', async (_what, plant) => {
    const { booked, leftOut } = await planned(rows);
    plant(booked, leftOut);
    const result = reconcile({ file: await audited(rows), booked, leftOut });
    expect(result.agrees).toBe(false);
    expect(result.differenceCount).toBeGreaterThan(0);
  });
});
