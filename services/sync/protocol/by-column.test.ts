import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MalformedBatch, readBatch, writeBatch } from './body.ts';
import { byColumn, byItem } from './by-column.ts';

const MOST_CHARS = 8 * 1024 * 1024;

/** JSON texts as PostgreSQL and others write them: any value, any spaces that JSON allows between tokens. */
const space = fc.constantFrom('', ' ', '  ', '\t');
const names = fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('$k', '$v', '"', '\\', ',', ':', '}', 'name')), {
  minLength: 1,
  maxLength: 6,
});
const items = fc.tuple(names, space, space, space).chain(([columns, colon, comma, end]) =>
  fc.array(
    fc
      .tuple(...columns.map(() => fc.json().map((text) => text.replaceAll('\n', ' '))))
      .map((values) => `{${columns.map((name, n) => `${JSON.stringify(name)}${colon}:${colon}${values[n]}`).join(`,${comma}`)}${end}}`),
    { minLength: 1, maxLength: 20 },
  ),
);

describe('items by column', () => {
  test('come back to the letter', () => {
    fc.assert(
      fc.property(items, (written) => {
        const laid = byColumn(written);
        expect(laid).toBeDefined();
        expect(byItem(laid!, written.length, MOST_CHARS)).toEqual(written);
      }),
    );
  });

  test('hold no value that is cut off, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json()), { maxLength: 5 }), (written) => {
        const laid = byColumn(written);
        if (laid !== undefined) expect(byItem(laid, written.length, MOST_CHARS)).toEqual(written);
      }),
    );
  });

  test.each([
    ['another name', '{"a": 1}', '{"b": 1}'],
    ['another order', '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'],
    ['a deletion beside rows', '{"$k": "x", "a": 1}', '{"$k": "y", "$d": true}'],
    ['more columns', '{"a": 1}', '{"a": 1, "b": 2}'],
    ['other spaces', '{"a": 1}', '{"a":1}'],
  ])('are left as they are where one has %s', (_what, ...written) => {
    expect(byColumn(written)).toBeUndefined();
    const groups = [{ entity: 'a.b', items: written }];
    expect(readBatch(writeBatch('madeinworld/world', groups, { byColumn: true })).groups).toEqual(groups);
  });

  test('keep numbers that a double would round', () => {
    const written = ['{"n" : 9007199254740993, "d" : 1.10}', '{"n" : -0, "d" : 1e400}'];
    expect(readBatch(writeBatch('madeinworld/world', [{ entity: 'a.b', items: written }], { byColumn: true })).groups[0]?.items).toEqual(
      written,
    );
  });

  test('that would come to more than a batch may hold are refused before they are put together', () => {
    const header = {
      protocol: '1.2',
      source: 'madeinworld/world',
      entities: [{ entity: 'a.b', count: 2_000, pieces: ['x'.repeat(5_000), '}'] }],
    };
    const lines = Array.from({ length: 2_000 }, () => '1');
    expect(() => readBatch([JSON.stringify(header), ...lines, ''].join('\n'))).toThrow(MalformedBatch);
  });

  test('share what a batch may hold among its entities', () => {
    const entity = { entity: 'a.b', count: 1_000, pieces: ['x'.repeat(5_000), '}'] };
    const values = Array.from({ length: 1_000 }, () => '1');
    const text = (entities: object[]): string =>
      [JSON.stringify({ protocol: '1.2', source: 'madeinworld/world', entities }), ...entities.flatMap(() => values), ''].join('\n');
    expect(readBatch(text([entity])).groups[0]?.items.length).toBe(1_000);
    expect(() => readBatch(text([entity, entity]))).toThrow(MalformedBatch);
  });

  test('that are more than a batch may hold are refused before they are put together', () => {
    const header = { protocol: '1.2', source: 'madeinworld/world', entities: [{ entity: 'a.b', count: 2_001 }] };
    expect(() => readBatch([JSON.stringify(header), ...Array.from({ length: 2_001 }, () => '{}'), ''].join('\n'))).toThrow(MalformedBatch);
  });

  test('whose lines are not as many as announced are refused', () => {
    const text = writeBatch('madeinworld/world', [{ entity: 'a.b', items: ['{"a": 1, "b": 2}', '{"a": 3, "b": 4}'] }], { byColumn: true });
    expect(() => readBatch(text.replace('"count":2', '"count":1'))).toThrow(MalformedBatch);
  });
});
