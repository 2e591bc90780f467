/**
 * Goal: what the replay decides without asking anybody - orders of invoices, what a cancellation gives back, what goes in one request - loses nothing, and is the same
 * however often it is decided. Planted once: rows of one product at two prices put together, the oldest sale given back first, a return that overtakes its sale.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { openPace, parseSpeed } from './clock.ts';
import { openJournal } from './journal.ts';
import { PART_LINES, PART_UNITS, partsOf } from './parts.ts';
import type { Step } from './plan.ts';
import { parseRegionsMap } from './regions-map.ts';
import { runsOf, SALES_AT_ONCE } from './replay.ts';
import { lotKeyOf, openReturnsBook } from './returns.ts';
import type { Trade } from './rows.ts';

const sums = (lines: readonly { sku: string; unitMinor: number; quantity: number }[]) => {
  const found: Record<string, number> = {};
  for (const { sku, unitMinor, quantity } of lines) found[`${sku} ${unitMinor}`] = (found[`${sku} ${unitMinor}`] ?? 0) + quantity;
  return found;
};

describe('the orders of an invoice', () => {
  const rows = fc.array(
    fc.record({
      sku: fc.nat(150).map((n) => String(10_000 + n)),
      unitMinor: fc.integer({ min: 1, max: 4 }),
      quantity: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5_000 })),
    }),
    { minLength: 1, maxLength: 260 },
  );

  it('hold what its rows hold, each product once and no more than an order may', () => {
    fc.assert(
      fc.property(rows, (trades) => {
        const parts = partsOf(trades);
        expect(sums(parts.flat())).toEqual(sums(trades));
        for (const lines of parts) {
          expect(lines.length).toBeGreaterThan(0);
          expect(lines.length).toBeLessThanOrEqual(PART_LINES);
          expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length);
          expect(Math.max(...lines.map(({ quantity }) => quantity))).toBeLessThanOrEqual(PART_UNITS);
        }
        expect(partsOf(trades)).toEqual(parts);
      }),
    );
  });

  it('are one where one is enough', () => {
    const line = { sku: '10001', unitMinor: 5, quantity: 2 };
    expect(partsOf([line, { ...line, sku: '10002' }, line])).toEqual([
      [
        { ...line, quantity: 4 },
        { ...line, sku: '10002' },
      ],
    ]);
  });
});

describe('what comes back', () => {
  const trade = (more: Partial<Trade>): Trade => ({
    kind: 'sale',
    invoice: '1',
    sku: '10001',
    quantity: 1,
    unitMinor: 100,
    soldMs: 0,
    customer: '7',
    country: 'France',
    ...more,
  });
  const happenings = fc.array(
    fc.record({
      isReturn: fc.boolean(),
      sku: fc.constantFrom('10001', '10002'),
      unitMinor: fc.constantFrom(100, 101),
      customer: fc.constantFrom('7', '8'),
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 60 },
  );

  it('is no more than was bought before, by the same customer at the same price, and all of that', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const book = openReturnsBook(new Set(all.filter(({ isReturn }) => isReturn).map((one) => lotKeyOf(trade(one)))));
        const left = new Map<string, number>();
        const back = new Map<string, number>();
        for (const [at, { isReturn, ...one }] of all.entries()) {
          const key = lotKeyOf(trade(one));
          if (!isReturn) {
            book.sold(trade(one), `S${at}`);
            left.set(key, (left.get(key) ?? 0) + one.quantity);
            continue;
          }
          const { matched, unmatched } = book.takeBack(trade({ ...one, kind: 'return' }));
          const taken = matched.reduce((sum, { quantity }) => sum + quantity, 0);
          expect(taken + unmatched).toBe(one.quantity);
          expect(taken).toBe(Math.min(one.quantity, left.get(key) ?? 0));
          left.set(key, (left.get(key) ?? 0) - taken);
          for (const { reference, quantity } of matched) {
            const sale = all[Number(reference.slice(1))]!;
            expect(Number(reference.slice(1))).toBeLessThan(at);
            expect(lotKeyOf(trade(sale))).toBe(key);
            back.set(reference, (back.get(reference) ?? 0) + quantity);
            expect(back.get(reference)).toBeLessThanOrEqual(sale.quantity);
          }
        }
      }),
    );
  });

  it('is of the newest sale first', () => {
    const book = openReturnsBook(new Set([lotKeyOf(trade({}))]));
    book.sold(trade({ quantity: 5 }), 'old');
    book.sold(trade({ quantity: 2 }), 'new');
    expect(book.takeBack(trade({ quantity: 3 })).matched).toEqual([
      { reference: 'new', quantity: 2 },
      { reference: 'old', quantity: 1 },
    ]);
  });
});

describe('what goes in one request', () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom('sale', 'sale', 'sale', 'return'),
      region: fc.constantFrom('world', 'china'),
      customer: fc.option(fc.constantFrom('1', '2', '3', '4', '5'), { nil: undefined }),
      count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 })),
    }),
    { maxLength: 120 },
  );
  const stepsOf = (drawn: typeof steps extends fc.Arbitrary<infer All> ? All : never): Step[] =>
    drawn.map(({ kind, region, customer, count }, at) => {
      const of = { region, customer, reference: `R${at}`, soldMs: at } as const;
      const lines = Array.from({ length: count }, (_, n) => ({ sku: String(10_000 + n), quantity: 1, unitMinor: 1 }));
      return kind === 'return' ? { ...of, kind, saleReference: 'S', lines } : { ...of, kind: 'sale', country: 'France', lines };
    });

  it('is each step once, a customer’s in order, of one region and not too much', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const all = stepsOf(drawn);
        const runs = runsOf(all);
        const sent = runs.flatMap((run): readonly Step[] => run.steps);
        expect(sent.map(({ reference }) => reference).sort()).toEqual(all.map(({ reference }) => reference).sort());
        for (const customer of ['1', '2', '3', '4', '5'])
          for (const region of ['world', 'china']) {
            const of = (list: readonly Step[]) => list.filter((one) => one.customer === customer && one.region === region);
            expect(of(sent).map(({ reference }) => reference)).toEqual(of(all).map(({ reference }) => reference));
          }
        for (const run of runs) {
          expect(run.steps.every(({ kind }) => kind === run.kind)).toBe(true);
          expect(run.steps.length).toBeLessThanOrEqual(SALES_AT_ONCE);
          expect(new Set(run.steps.map(({ region }) => region)).size).toBe(1);
        }
      }),
    );
  });

  it('is few requests where customers of both regions take turns', () => {
    const all = stepsOf(
      Array.from({ length: 60 }, (_, at) => ({
        kind: 'sale' as const,
        region: at % 2 === 0 ? ('world' as const) : ('china' as const),
        customer: undefined,
        count: 2,
      })),
    );
    expect(runsOf(all)).toHaveLength(2);
  });
});

describe('a regions map', () => {
  it('says whose shop sells to a country', () => {
    const map = parseRegionsMap('United Kingdom=world, EIRE = world ,*=china');
    expect(['United Kingdom', 'EIRE', 'France', '*'].map(map.regionOf)).toEqual(['world', 'world', 'china', 'china']);
    expect(map.regions).toEqual(['world', 'china']);
    expect(parseRegionsMap('*=china').regions).toEqual(['china']);
  });
  it.each(['', 'France', 'France=mars,*=world', 'France=world', '*=world,*=china', '=world,*=china'])('is refused: "%s"', (text) => {
    expect(() => parseRegionsMap(text)).toThrow(RangeError);
  });
});

describe('the pace', () => {
  it.each([
    ['max', 'max'],
    ['10000x', 10_000],
    ['2.5', 2.5],
  ] as const)('%s is read', (text, speed) => expect(parseSpeed(text)).toBe(speed));
  it.each(['', '0', '-1x', 'fast', '1e3x', 'Infinity'])('"%s" is refused', (text) => expect(() => parseSpeed(text)).toThrow(RangeError));

  it('waits for what is to come, from where the last run came to', async () => {
    let nowMs = 0;
    const never = new AbortController();
    const pace = openPace(10, 1_000, () => nowMs);
    expect(pace.until(900, never.signal)).toBeUndefined();
    expect(pace.until(5_000, never.signal)).toBeUndefined();
    const waiting = pace.until(15_000, never.signal);
    expect(waiting).toBeInstanceOf(Promise);
    never.abort();
    await waiting;
    nowMs = 1_000;
    expect(pace.until(15_000, new AbortController().signal)).toBeUndefined();
  });
});

describe('the journal', () => {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'));
  const file = join(dir, 'deep', 'journal.json');
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('says until when everything is answered, and not more', () => {
    const journal = openJournal(file, () => 0);
    const [first, second] = [journal.begin(10), journal.begin(20)];
    second();
    journal.keep();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ reachedMs: 9 });
    first();
    journal.keep();
    expect(openJournal(file, () => 0).reachedMs).toBe(20);
  });

  it('that cannot be read is none', () => {
    expect(openJournal(file, () => 0).reachedMs).toBe(0);
    openJournal(file, () => 0).keep();
    for (const text of ['', '{}', '{"reachedMs":"x"}', 'null']) {
      writeFileSync(file, text);
      expect(openJournal(file, () => 0).reachedMs).toBe(0);
    }
  });
});
