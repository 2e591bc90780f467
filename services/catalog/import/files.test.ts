/**
 * Goal: a file says the same however it arrives in pieces, and what is wrong with it is told with the line.
 * Method: random files in random pieces; each fault by hand. Planted once each: a guard that is not taken away, a byte order mark left in the first name, a last line
 * that is cut off and read all the same.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readCsv } from './csv.ts';
import { guarded, unguarded } from './formula.ts';
import { readNdjson } from './ndjson.ts';
import { FileFault, MAX_ROW_BYTES, type Reading } from './reading.ts';

const header = 'sku,amountMinor,currency,pricedAt,name,categoryId';
const row = (sku: string, name = 'Thing') => `${sku},295,GBP,2026-03-01T09:30:00Z,${name},`;
const json = (sku: string) => JSON.stringify({ sku, price: { amountMinor: 295, currency: 'GBP' }, pricedAt: '2026-03-01T09:30:00Z' });

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  for (const [place, edge] of edges.slice(1).entries()) yield bytes.subarray(edges[place], edge);
}

/** The readings, and the fault that ended them. */
async function read(reader: typeof readCsv, bytes: Buffer | string, cuts: readonly number[] = []) {
  const readings: Reading[] = [];
  try {
    for await (const reading of reader(inPieces(Buffer.from(bytes), cuts))) readings.push(reading);
    return { readings };
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return { readings, fault: { line: error.line, message: error.message } };
  }
}

describe('a CSV file', () => {
  it('has its columns in any order, and may begin with a byte order mark', async () => {
    const expected = {
      line: 2,
      item: { sku: '85123A', price: { amountMinor: 295, currency: 'GBP' }, pricedAt: '2026-03-01T09:30:00Z', name: 'Herz, "weiß"' },
    };
    const text = `${header}\r\n${row('85123A', '"Herz, ""weiß"""')}\r\n`;
    expect(await read(readCsv, text)).toEqual({ readings: [expected] });
    expect(await read(readCsv, `\ufeff${text}`)).toEqual({ readings: [expected] });
    const other = 'pricedAt,currency,amountMinor,name,sku\n2026-03-01T09:30:00Z,GBP,295,"Herz, ""weiß""",85123A\n';
    expect(await read(readCsv, other)).toEqual({ readings: [expected] });
  });

  it.each([{ ends: ['\r\n', '\n'] }, { ends: ['\n', '\r\n'] }, { ends: ['\r\n', '\n', '\r\n'] }])(
    'has a row a line, though they end differently: $ends',
    async ({ ends }) => {
      const text = ends.map((end, place) => `${place === 0 ? header : row(`A${place}`)}${end}`).join('');
      const { readings, fault } = await read(readCsv, text);
      expect(fault).toBeUndefined();
      expect(readings).toMatchObject(ends.slice(1).map((_, place) => ({ line: place + 2, item: { sku: `A${place + 1}` } })));
      expect(JSON.stringify(readings)).not.toContain('\\r');
    },
  );

  it.each([
    ['is empty', '', 1, /empty/],
    ['is a byte order mark and nothing', '\ufeff', 1, /empty/],
    ['has other columns', 'StockCode,Price\nA,1\n', 1, /lacks: sku, amountMinor, currency, pricedAt/],
    ['has a column that nobody knows', `${header},cost\n`, 1, /Column 7/],
    ['has a column twice', `${header},name\n`, 1, /Column 7/],
    ['has another separator', header.replaceAll(',', ';'), 1, /comma|cut off/],
    ['has another separator, and is whole', `${header.replaceAll(',', ';')}\n`, 1, /comma/],
    ['is UTF-16', Buffer.from(`\ufeff${header}\n`, 'utf16le'), 1, /UTF-8/],
    ['opens a quote and does not close it', `${header}\n"A,1`, 2, /cut off/],
  ])('that %s is told so', async (_what, bytes, line, message) => {
    const { readings, fault } = await read(readCsv, bytes);
    expect(readings).toEqual([]);
    expect(fault).toMatchObject({ line, message: expect.stringMatching(message) });
  });

  it.each([
    ['is cut off in its last line', row('B'), /cut off/],
    ['turns into Latin-1', Buffer.concat([Buffer.from('B,1,GBP,x,Stra'), Buffer.from([0xdf]), Buffer.from('e,\n')]), /UTF-8/],
    ['has a quote where none may be', 'B"x"y,"a"b,\n', /quotation/],
    ['has an endless row', `B,${'x'.repeat(2 * MAX_ROW_BYTES)}\n`, /longer/],
  ])('that %s is read until there', async (_what, rest, message) => {
    const start = Buffer.from(`${header}\n${row('A')}\n`);
    for (const cuts of [[], [start.length], [10, start.length + 5]]) {
      const { readings, fault } = await read(readCsv, Buffer.concat([start, Buffer.from(rest)]), cuts);
      expect(readings).toMatchObject([{ line: 2, item: { sku: 'A' } }]);
      expect(fault).toMatchObject({ line: 3, message: expect.stringMatching(message) });
    }
  });

  it('has rows that are wrong by themselves', async () => {
    const { readings } = await read(readCsv, `${header}\nA,1\n${row('B')}\n\n${row('C').replace('295', '2.95')}\n`);
    expect(readings).toMatchObject([
      { line: 2, fault: 'The row has 2 fields, the header 6.' },
      { line: 3, item: { sku: 'B' } },
      { line: 5, item: { price: { amountMinor: '2.95' } } },
    ]);
  });
});

describe('an NDJSON file', () => {
  it('has a line each, of which the last needs no line break', async () => {
    const items = {
      readings: [
        { line: 1, item: JSON.parse(json('A')) },
        { line: 3, item: JSON.parse(json('B')) },
      ],
    };
    expect(await read(readNdjson, `${json('A')}\n\n${json('B')}\n`)).toEqual(items);
    expect(await read(readNdjson, `\ufeff${json('A')}\r\n\r\n${json('B')}`)).toEqual(items);
  });

  it.each([
    ['is empty', '', 0, 1, /empty/],
    ['is cut off', `${json('A')}\n${json('B').slice(0, -3)}`, 1, 2, /cut off/],
    ['is no text', Buffer.concat([Buffer.from(`${json('A')}\n`), Buffer.from([0xff, 0xfe, 0x0a])]), 1, 2, /UTF-8/],
    ['has an endless line', `${json('A')}\n"${'x'.repeat(2 * MAX_ROW_BYTES)}"`, 1, 2, /longer/],
  ])('that %s is told so', async (_what, bytes, before, line, message) => {
    const { readings, fault } = await read(readNdjson, bytes);
    expect(readings).toHaveLength(before);
    expect(fault).toMatchObject({ line, message: expect.stringMatching(message) });
  });

  it('has lines that are wrong by themselves', async () => {
    expect((await read(readNdjson, `{\n${json('A')}\n`)).readings).toMatchObject([{ line: 1, fault: 'The line is no JSON.' }, { line: 2 }]);
    const deep = `${'['.repeat(20_000)}"\\ud83d\\ude00"${']'.repeat(20_000)}`;
    expect((await read(readNdjson, `${deep}\n${json('A')}\n`)).readings).toMatchObject([{ line: 1 }, { line: 2 }]);
  });
});

describe('a file', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('"', ',', 'a\nb', '\r', "'=1", '=1', '人', '😀', '\ufeff'),
  );
  it('says the same however it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(cell, { minLength: 5, maxLength: 7 })), fc.array(fc.nat(200)), async (rows, cuts) => {
        const text = `${header}\n${rows.map((fields) => fields.join(',')).join('\n')}`;
        for (const reader of [readCsv, readNdjson]) expect(await read(reader, text, cuts)).toEqual(await read(reader, text));
      }),
      { numRuns: 300 },
    );
  });

  it('holds nothing that a spreadsheet runs, and loses nothing by that', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '＝', 'a', ' '), maxLength: 5 }), (text) => {
        expect(guarded(text)).not.toMatch(/^[=+\-@\t\r＝]/);
        expect(unguarded(guarded(text))).toBe(text);
      }),
    );
    expect([guarded('=HYPERLINK("x")'), guarded("'tis"), unguarded("'tis")]).toEqual([`'=HYPERLINK("x")`, "'tis", "'tis"]);
  });
});
