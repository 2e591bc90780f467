import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { adviceOn } from './advice.ts';
import type { Report } from './report.ts';
import { realRetryDeps } from '../region-api/retry.ts';
import { runImport } from './run.ts';
import { startTestRegion, type Mishap, type TestRegion } from './test-region.ts';

const sample = fileURLToPath(new URL('sample.csv', import.meta.url));
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

let region: TestRegion;
let dir: string;

beforeEach(async () => {
  region = await startTestRegion();
  dir = await mkdtemp(join(tmpdir(), 'import-'));
});
afterEach(async () => {
  await region.close();
  await rm(dir, { recursive: true, force: true });
});

interface RunChoices {
  readonly patienceMs?: number;
  readonly stop?: AbortSignal;
  readonly into?: TestRegion;
  readonly batchSize?: number;
  readonly acknowledgedFile?: string;
}

async function run(file: string, options: RunChoices = {}): Promise<Report> {
  const { url } = options.into ?? region;
  return runImport({
    file,
    region: 'world',
    apiUrl: url,
    mailUrl: url,
    staffAddress: 'ada@madeinworld.example',
    laneCount: 3,
    batchSize: options.batchSize ?? 7,
    reportFile: join(dir, 'report.json'),
    ...(options.acknowledgedFile === undefined ? {} : { acknowledgedFile: options.acknowledgedFile }),
    patienceMs: options.patienceMs ?? 20_000,
    retryDeps: { ...realRetryDeps, random: () => 0.01 },
    signals: { stop: options.stop ?? new AbortController().signal, abandon: new AbortController().signal },
  });
}

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

/** What the sample leaves behind when nothing goes wrong. */
async function expectedProducts(): Promise<TestRegion['products']> {
  const undisturbed = await startTestRegion();
  await run(sample, { into: undisturbed });
  await undisturbed.close();
  return undisturbed.products;
}

test('the sample is imported whole: counts add up, each product gets its prices in order, a second run writes nothing', async () => {
  const report = await run(sample);
  expect(report).toMatchObject({ outcome: 'done', rowsRead: 500, products: 96, priceChanges: 140, rejected: 44 });
  expect(report.rowsRead).toBe(report.products + report.priceChanges + report.repeatedPrices + report.rejected);
  expect(report.written).toEqual({ created: 96, updated: 140, unchanged: 0, refused: 0 });
  expect(Object.values(report.rejectedByReason).reduce((sum, { rows }) => sum + rows, 0)).toBe(44);
  expect(Object.keys(report.rejectedByReason).sort()).toEqual(
    [
      'cancellation',
      'negative_price',
      'no_description',
      'no_price',
      'not_a_product',
      'out_of_order',
      'returned',
      'unreadable_date',
      'unreadable_price',
      'unreadable_quantity',
    ].sort(),
  );
  expect(report.notProducts).toMatchObject({ POST: 3, D: 3 });
  expect(JSON.parse(await readFile(join(dir, 'report.json'), 'utf8'))).toEqual(report);

  expect(region.products.size).toBe(96);
  for (const { history, name, categoryId } of region.products.values()) {
    expect(history).toEqual([...history].sort());
    expect(name).not.toMatch(/damaged|\?/);
    expect(categoryId).toMatch(/^id-/);
  }
  expect(region.products.get('30100A')?.history.slice(0, 2)).toEqual([
    '2026-01-05T08:02:00.000000Z 455',
    '2026-01-05T08:02:00.000001Z 485',
  ]);

  const again = await run(sample);
  expect(again.written).toEqual({ created: 0, updated: 0, unchanged: 236, refused: 0 });
});

test('notes every acknowledged write with its stamp, and no other', async () => {
  const acknowledgedFile = join(dir, 'acknowledged.jsonl');
  await run(sample, { acknowledgedFile });
  const notes = (await readFile(acknowledgedFile, 'utf8')).trim().split('\n');
  expect(notes).toHaveLength(236 + region.categories.size);
  expect(new Set(notes).size).toBe(notes.length);
  for (const note of notes)
    expect(JSON.parse(note)).toMatchObject({
      origin: 'world#1',
      version: expect.stringMatching(/^\d+$/),
      key: expect.stringMatching(/^id-/),
    });
  await run(sample, { acknowledgedFile });
  expect(await readFile(acknowledgedFile, 'utf8')).toBe('');
});

test('a compressed file is the same file', async () => {
  const compressed = await write('sample.csv.zst', zstdCompressSync(await readFile(sample)));
  expect((await run(compressed)).written).toEqual({ created: 96, updated: 140, unchanged: 0, refused: 0 });
});

test('columns may stand in another order, with others between, after a byte order mark', async () => {
  const file = await write(
    'other.csv',
    '\ufeffUnitPrice,Extra,StockCode,InvoiceNo,Quantity,Description,InvoiceDate\r\n1.5,x,30100,1,1,Meadow Tin,2026-01-05T08:02:00\r\n',
  );
  expect(await run(file)).toMatchObject({ outcome: 'done', rowsRead: 1, written: { created: 1 } });
});

test('a service that fails in every way that passes leaves the same catalogue in the end', async () => {
  const mishaps: Mishap[] = ['busy', 'none', 'reset', 'answer-lost', 'limited', 'none', 'answer-lost', 'busy', 'reset'];
  let turn = 0;
  region.mishap = () => mishaps[turn++ % mishaps.length] ?? 'none';
  const report = await run(sample);
  expect(report.outcome).toBe('done');
  expect(report.retries).toBeGreaterThan(5);
  expect(report.written.refused).toBe(0);
  expect(region.products).toEqual(await expectedProducts());
});

test('signs in again when its token is no longer taken, once however many lanes were refused', async () => {
  let bulks = 0;
  region.onBulk = () => {
    if ((bulks += 1) === 4) region.signOutAll();
  };
  expect((await run(sample)).outcome).toBe('done');
  expect(region.signIns()).toBe(2);
});

test('a refusal that will not pass ends the import with what the service said', async () => {
  region.mishap = () => 'refused';
  const report = await run(sample);
  expect(report).toMatchObject({ outcome: 'failed', written: { created: 0 } });
  expect(report.problem?.message).toBe('POST /v1/products/bulk was answered 403 forbidden: Your role may not do this');
  expect(adviceOn(report)).toBe('');
});

test.each([
  [
    'has a second factor',
    { secondFactor: { challengeId: '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11', expiresInSeconds: 300, kinds: ['totp'] } },
    '--fresh',
  ],
  ['counts with one only, and has none', { account: { role: 'customer' }, enrol: true }, 'without --second-factor'],
])('where staff %s, the import says so and what to do', async (_, signIn, remedy) => {
  region.signIn = signIn;
  const report = await run(sample);
  expect(report).toMatchObject({ outcome: 'failed', problem: { fault: 'refused' } });
  expect(report.problem?.message).toContain('second factor');
  expect(report.problem?.message).toContain(remedy);
});

test('a service that stays away ends it when patience does', async () => {
  region.mishap = () => 'busy';
  const report = await run(sample, { patienceMs: 30 });
  expect(report.outcome).toBe('failed');
  expect(report.problem?.message).toContain('503 unavailable: Not available now');
  expect(adviceOn(report)).toBe('npm run sim:status   shows what is not running');
});

test('told to stop, it answers for what it has done, and the next run goes on from there', async () => {
  const stop = new AbortController();
  let bulks = 0;
  region.onBulk = () => {
    if ((bulks += 1) === 5) stop.abort();
  };
  const report = await run(sample, { stop: stop.signal });
  expect(report.outcome).toBe('interrupted');
  const stored = [...region.products.values()].reduce((sum, { history }) => sum + history.length, 0);
  expect(report.written.created + report.written.updated).toBe(stored);
  expect(stored).toBeLessThan(236);

  const rest = await run(sample);
  expect(rest.written.created + rest.written.updated).toBe(236 - stored);
  expect(region.products).toEqual(await expectedProducts());
});

describe('refuses', () => {
  const row = (price: string): string => `1,30100,Meadow Tin,1,2026-01-05T08:02:00,${price},,France\n`;
  const tooLong = `1,30100,"${'x'.repeat(70_000)}",1,2026-01-05T08:02:00,1,,France\n`;

  test.each<[string, string | Buffer, number | undefined, RegExp]>([
    ['an empty file', '', undefined, /is empty/],
    [
      'a header that lacks columns',
      'InvoiceNo,StockCode\n1,2\n',
      1,
      /the columns Description, Quantity, InvoiceDate, UnitPrice are missing in the header\.$/,
    ],
    ['a header with other separators', `${header.replaceAll(',', ';')}\n1;2\n`, 1, /^line 1: the separator must be a comma\.$/],
    ['a header in quotes with other separators', '"InvoiceNo";"StockCode"\n1;2\n', 1, /^line 1: the separator must be a comma\.$/],
    ['a file that is not text', Buffer.concat([Buffer.from(`${header}\n${row('1')}1,3`), Buffer.alloc(9)]), 3, /^line 3: this is not text/],
    ['a file that is not text from its start', Buffer.alloc(9), 1, /^line 1: this is not text/],
    ['something that is no CSV', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x22, 0x0a, 0x22, 0x0a]), 1, /no CSV file/],
    ['a row with too few fields', `${header}\n${row('1')}1,30100,Meadow\n${row('2')}`, 3, /the row has 3 fields, the header 8/],
    ['a row with too many fields', `${header}\n${row('1')}1,2,3,4,5,6,7,8,9\n`, 3, /the row has 9 fields, the header 8/],
    ['a quote that is not closed', `${header}\n${row('1')}1,30100,"Meadow\n`, 3, /a quoted field is not closed/],
    ['a quote in the wrong place', `${header}\n${row('1')}1,30100,Mea"dow,1,,,,\n`, 3, /a quotation mark stands where none may be/],
    ['a row without end', `${header}\n${row('1')}${tooLong}`, 3, /longer than 65536 bytes/],
    ['a last line that is cut off', `${header}\n${row('1')}${row('2').slice(0, -4)}`, 3, /seems to be cut off/],
    ['a line that is cut off early', `${header}\n${row('1')}1,301`, 3, /seems to be cut off/],
    ['a line in Latin-1', Buffer.from(`${header}\n${row('1')}${row('2').replace('Meadow', 'Caf\u00c9')}`, 'latin1'), 3, /no UTF-8/],
  ])('%s, with its line', async (_, content, line, message) => {
    const report = await run(await write('bad.csv', content));
    expect(report.outcome).toBe('failed');
    expect(report.problem?.message).toMatch(message);
    expect(report.problem?.line).toBe(line);
    expect(report.problem?.fault).toBe('file');
  });

  test('a folder, and a file that is not there', async () => {
    const report = await run(dir);
    expect(report.problem?.message).toMatch(/is a folder/);
    expect(adviceOn(report)).toContain('says what a file must hold');
    expect(adviceOn(report)).not.toContain('sim:status');
    expect((await run(join(dir, 'nowhere'))).problem?.message).toMatch(/There is no file/);
  });

  test.each([
    ['cut off', (whole: Buffer) => whole.subarray(0, whole.length - 2_000), /cut off/],
    ['damaged', (whole: Buffer) => Buffer.concat([whole.subarray(0, -3_000), Buffer.alloc(3_000, 7)]), /damaged|no CSV/],
  ])('a compressed file that is %s, and keeps the beginning of each history', async (_, spoil, message) => {
    const rows = Array.from(
      { length: 40_000 },
      (unused, n) => `1,${30_000 + (n % 50)},Meadow Tin ${n % 50},1,2026-01-05T08:02:00,${1 + Math.floor(Math.random() * 900)},,France`,
    );
    const whole = await write('whole.csv', `${[header, ...rows].join('\n')}\n`);
    const spoilt = await write('spoilt.csv.zst', spoil(zstdCompressSync(await readFile(whole))));
    const report = await run(spoilt, { batchSize: 500 });
    expect(report.outcome).toBe('failed');
    expect(report.problem?.message).toMatch(message);
    expect(report.problem?.line).toBeGreaterThan(1);

    const partial = new Map([...region.products].map(([sku, { history }]) => [sku, [...history]]));
    expect((await run(whole, { batchSize: 500 })).outcome).toBe('done');
    for (const [sku, history] of partial) expect(region.products.get(sku)?.history.slice(0, history.length)).toEqual(history);
  });

  test('what follows the bad line and nothing before it, and takes the mended file', async () => {
    const file = await write('growing.csv', `${header}\n${row('1')}${row('2')}broken\n${row('3')}`);
    expect((await run(file)).outcome).toBe('failed');
    expect(region.products.get('30100')?.history.map((entry) => entry.split(' ')[1])).toEqual(['100', '200']);
    const mended = await write('mended.csv', `${header}\n${row('1')}${row('2')}`);
    await appendFile(mended, row('3'));
    expect((await run(mended)).outcome).toBe('done');
    expect(region.products.get('30100')?.history.map((entry) => entry.split(' ')[1])).toEqual(['100', '200', '300']);
  });
});
