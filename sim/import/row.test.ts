import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { categoryOf, categorySeeds } from './categories.ts';
import { readInstant, readName, readPence, readRow, type RawRow } from './row.ts';

const good: RawRow = {
  InvoiceNo: '700001',
  StockCode: '30100a',
  Description: ' Meadow  Storage Tin ',
  Quantity: '6',
  InvoiceDate: '2026-01-05T08:02:00',
  UnitPrice: '4.55',
};

test('reads a sale as a price: code folded, name tidied, pence exact, time in UTC', () => {
  const row = { sku: '30100A', name: 'Meadow Storage Tin', amountMinor: 455, instantMs: Date.UTC(2026, 0, 5, 8, 2) };
  expect(readRow(good)).toEqual({ row });
});

test.each<[string, Partial<RawRow>]>([
  ['not_a_product', { StockCode: 'POST' }],
  ['not_a_product', { StockCode: 'BANK CHARGES' }],
  ['not_a_product', { StockCode: '3010' }],
  ['not_a_product', { StockCode: '301000' }],
  ['not_a_product', { StockCode: '30100ABC' }],
  ['not_a_product', { StockCode: '' }],
  ['cancellation', { InvoiceNo: 'C700001', Quantity: '-6' }],
  ['cancellation', { InvoiceNo: '' }],
  ['unreadable_quantity', { Quantity: 'two' }],
  ['unreadable_quantity', { Quantity: '1.5' }],
  ['unreadable_quantity', { Quantity: '' }],
  ['returned', { Quantity: '-6' }],
  ['returned', { Quantity: '0' }],
  ['unreadable_price', { UnitPrice: 'n/a' }],
  ['unreadable_price', { UnitPrice: '1.005' }],
  ['unreadable_price', { UnitPrice: '' }],
  ['unreadable_price', { UnitPrice: '1e3' }],
  ['negative_price', { UnitPrice: '-11062.06' }],
  ['no_price', { UnitPrice: '0' }],
  ['no_price', { UnitPrice: '0.00' }],
  ['unreadable_date', { InvoiceDate: '2026-02-30T10:00:00' }],
  ['unreadable_date', { InvoiceDate: '05/01/2026 08:02' }],
  ['unreadable_date', { InvoiceDate: '' }],
])('says %s of %o', (reason, change) => {
  expect(readRow({ ...good, ...change })).toEqual({ rejected: reason });
});

test.each(['', '?', '???', 'damaged', 'Lost', 'check', 'wrong code', 'damages, wet?', '12', 'x y'])(
  'takes "%s" for no name',
  (description) => {
    expect(readName(description)).toBeUndefined();
    expect(readRow({ ...good, Description: description })).toMatchObject({ row: { name: undefined } });
  },
);

test.each([
  ['CHECK PATTERN CUSHION', 'CHECK PATTERN CUSHION'],
  ['TEST TUBE VASE', 'TEST TUBE VASE'],
  ['CUSHION\tCOVER\u0000', 'CUSHION COVER'],
  ['x'.repeat(300), 'x'.repeat(200)],
])('names a product by "%s"', (description, name) => {
  expect(readName(description)).toBe(name);
});

describe('amounts and instants', () => {
  test('every amount in pence is read back exactly, however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom('', '0', '000'), (pence, zeros) => {
        expect(readPence(`${Math.floor(pence / 100)}.${String(pence % 100).padStart(2, '0')}${zeros}`)).toBe(pence);
      }),
    );
    expect([readPence('7'), readPence('7.5'), readPence('-7.5')]).toEqual([700, 750, -750]);
  });

  test('every instant to the second is read back exactly', () => {
    const instants = fc.date({ min: new Date('0100-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.constantFrom('T', ' '), fc.constantFrom('', 'Z'), (date, separator, zone) => {
        const text = date.toISOString().slice(0, 19);
        expect(readInstant(text.replace('T', separator) + zone)).toBe(Date.parse(`${text}Z`));
      }),
    );
    expect(readInstant('2026-01-05T08:02')).toBe(Date.UTC(2026, 0, 5, 8, 2));
    expect([readInstant('2026-01-05T24:00:00'), readInstant('2026-01-05T08:02:60'), readInstant('2026-13-05T08:02')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test.each([
  ['Harbour Tea Mug', 'kitchen'],
  ['Christmas Card', 'christmas'],
  ['STRING OF LIGHTS', 'lighting'],
  ['SPRINGTIME THING', 'giftware'],
  ['Umbrella Stand', 'giftware'],
])('puts %s into %s', (name, slug) => {
  expect(categoryOf(name)).toBe(slug);
  expect(categorySeeds.map((seed) => seed.slug)).toContain(slug);
});
