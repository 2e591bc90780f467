import fc from 'fast-check';
import { expect, test } from 'vitest';

import { openLedger } from './ledger.ts';

const minute = Date.UTC(2026, 0, 5, 8, 2);

test('tells prices of one instant apart by microseconds, and takes the instant itself as soon as it can', () => {
  const ledger = openLedger();
  const move = (amountMinor: number, instantMs: number) => ledger.move({ sku: '30100A', named: true, amountMinor, instantMs });
  expect(move(100, minute)).toEqual({ kind: 'new', pricedAt: '2026-01-05T08:02:00.000000Z' });
  expect(move(100, minute)).toEqual({ kind: 'same' });
  expect(move(200, minute)).toEqual({ kind: 'changed', pricedAt: '2026-01-05T08:02:00.000001Z' });
  expect(move(100, minute)).toEqual({ kind: 'changed', pricedAt: '2026-01-05T08:02:00.000002Z' });
  expect(move(300, minute + 60_000)).toEqual({ kind: 'changed', pricedAt: '2026-01-05T08:03:00.000000Z' });
  expect(move(400, minute)).toEqual({ kind: 'older' });
  expect(ledger.size).toBe(1);
});

test('a product begins with its first named row', () => {
  const ledger = openLedger();
  const row = { sku: '30100', amountMinor: 100, instantMs: minute };
  expect(ledger.move({ ...row, named: false })).toEqual({ kind: 'nameless' });
  expect(ledger.size).toBe(0);
  expect(ledger.move({ ...row, named: true }).kind).toBe('new');
  expect(ledger.move({ ...row, named: false, amountMinor: 5 }).kind).toBe('changed');
});

test('a row with the old price moves the clock too', () => {
  const ledger = openLedger();
  const row = { sku: '30100', named: true };
  ledger.move({ ...row, amountMinor: 1, instantMs: minute });
  ledger.move({ ...row, amountMinor: 1, instantMs: minute + 120_000 });
  expect(ledger.move({ ...row, amountMinor: 2, instantMs: minute + 60_000 })).toEqual({ kind: 'older' });
});

test('codes do not meet each other, and many thousands fit', () => {
  const ledger = openLedger();
  const letters = ['', 'A', 'Z', 'AA', 'AZ', 'ZA', 'ZZ'];
  const codes = Array.from({ length: 2_000 }, (_, n) => letters.map((tail) => String(n * 49).padStart(5, '0') + tail)).flat();
  for (const sku of codes) expect(ledger.move({ sku, named: true, amountMinor: 1, instantMs: minute }).kind).toBe('new');
  for (const sku of codes) expect(ledger.move({ sku, named: true, amountMinor: 1, instantMs: minute }).kind).toBe('same');
  expect(ledger.size).toBe(codes.length);
});

test('whatever the rows, the instants of a product strictly grow, and the same rows give the same instants', () => {
  const steps = fc.array(
    fc.record({
      sku: fc.constantFrom('30100', '30100A', '30101'),
      amountMinor: fc.integer({ min: 1, max: 3 }),
      minutes: fc.integer({ min: -1, max: 1 }),
    }),
  );
  const play = (rows: { sku: string; amountMinor: number; minutes: number }[]): (readonly [string, string, number])[] => {
    const ledger = openLedger();
    let instantMs = minute;
    return rows.flatMap(({ sku, amountMinor, minutes }) => {
      instantMs += minutes * 60_000;
      const movement = ledger.move({ sku, named: true, amountMinor, instantMs });
      return 'pricedAt' in movement ? [[sku, movement.pricedAt, amountMinor] as const] : [];
    });
  };
  fc.assert(
    fc.property(steps, (rows) => {
      const writes = play(rows);
      for (const sku of ['30100', '30100A', '30101']) {
        const instants = writes.filter(([of]) => of === sku).map(([, pricedAt]) => pricedAt);
        expect(instants).toEqual([...new Set(instants)].sort());
      }
      expect(play(rows)).toEqual(writes);
    }),
  );
});
