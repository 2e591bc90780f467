import fc from 'fast-check';
import { expect, test } from 'vitest';

import { packPointers, sentRows } from './pack.ts';

const outboxRow = fc.record({
  id: fc.nat().map(String),
  entity: fc.constantFrom('catalog.product', 'catalog.store'),
  pointers: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.bigInt({ min: 1n, max: 2n ** 62n }).map(String)), {
    minLength: 1,
    maxLength: 5,
  }),
});

interface Message {
  data: { pointers: Record<string, [string, string][]> };
}

test('packing loses no key, keeps each at its greatest version, and stays within the limits', () => {
  fc.assert(
    fc.property(fc.uniqueArray(outboxRow, { selector: (row) => row.id }), fc.integer({ min: 700, max: 2_000 }), (rows, messageBytes) => {
      const packed = packPointers(rows, { messageBytes, pointersPerMessage: 8 }, 'madeinworld/world');
      expect([...new Set(packed.flatMap((message) => message.rowIds))]).toEqual(rows.map((row) => row.id));
      const greatest = (pairs: Iterable<readonly [string, string]>): Map<string, bigint> => {
        const held = new Map<string, bigint>();
        for (const [key, version] of pairs) if (BigInt(version) > (held.get(key) ?? 0n)) held.set(key, BigInt(version));
        return held;
      };
      const sent = packed.flatMap(({ body }) => {
        const { data }: Message = JSON.parse(body);
        return Object.entries(data.pointers).flatMap(([entity, pointers]) =>
          pointers.map(([key, version]) => [`${entity}|${key}`, version] as const),
        );
      });
      const wanted = rows.flatMap((row) => row.pointers.map(([key, version]) => [`${row.entity}|${key}`, version] as const));
      expect(greatest(sent)).toEqual(greatest(wanted));
      for (const { body } of packed) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(messageBytes);
    }),
  );
});

test('a row that no message holds whole goes in several, and is sent when all of them are', () => {
  const pointers = Array.from({ length: 500 }, (_, index): [string, string] => [`${'ключ'.repeat(25)}${index}`, '117664398836563968']);
  const rows = [
    { id: '1', entity: 'catalog.product', pointers: [['a', '1'] as const] },
    { id: '2', entity: 'catalog.product', pointers },
    { id: '3', entity: 'catalog.product', pointers: [['b', '1'] as const] },
  ];
  const packed = packPointers(rows, { messageBytes: 47 * 1024, pointersPerMessage: 1_000 }, 'madeinworld/world');
  expect(packed.length).toBeGreaterThan(2);
  for (const { body } of packed) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(47 * 1024);
  expect(sentRows(packed, () => true).map(({ row }) => row)).toEqual(['1', '2', '3']);
  expect(sentRows(packed, (message) => message !== packed[1]).map(({ row }) => row)).toEqual(['1', '3']);
});
