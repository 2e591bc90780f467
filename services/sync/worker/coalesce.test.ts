import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cut } from './bodies.ts';
import { coalesce, isAnswered, readMessage, unanswered } from './coalesce.ts';

const body = (pointers: Record<string, [string, string][]>): string =>
  JSON.stringify({ specversion: '1.0', id: 'm', source: 'madeinworld/world', type: 'madeinworld.sync.pointers.v1', data: { pointers } });

describe('messages', () => {
  test.each(['', 'null', '{}', '[]', '{"type":"other"}'])('%j is malformed', (text) => {
    expect(readMessage(text).kind).toBe('malformed');
  });

  test.each([{ e: [['k', '-1']] }, { e: [['k', '1.5']] }, { e: [['', '1']] }, { e: [['k'.repeat(201), '1']] }] satisfies Record<
    string,
    [string, string][]
  >[])('pointers that are not understood, %j, are for a newer worker: their neighbours are not lost with them', (pointers) => {
    expect(readMessage(body({ ...pointers, f: [['l', '1']] }))).toEqual({ kind: 'unknown', type: 'madeinworld.sync.pointers.v1' });
  });

  test('coalesce to one pointer a key, the greatest version: past 2^53 too', () => {
    const messages = [
      body({
        e: [
          ['k', '9007199254740993'],
          ['k', '9007199254740992'],
        ],
      }),
      body({
        e: [
          ['k', '5'],
          ['l', '1'],
        ],
      }),
    ].map(readMessage);
    expect(coalesce(messages)).toEqual(
      new Map([
        [
          'e',
          new Map([
            ['k', 9007199254740993n],
            ['l', 1n],
          ]),
        ],
      ]),
    );
  });

  test('are answered only when every pointer is, at its version or a later one', () => {
    const pointer = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(5).map(String));
    fc.assert(
      fc.property(
        fc.array(pointer, { minLength: 1, maxLength: 6 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(5)),
        (pointers, upTo) => {
          const message = readMessage(body({ e: pointers }));
          const answered = new Map([['e', new Map(Object.entries(upTo).map(([key, version]) => [key, BigInt(version)]))]]);
          const expected = pointers.every(([key, version]) => upTo[key] !== undefined && upTo[key] >= Number(version));
          expect(isAnswered(message, answered)).toBe(expected);
          if (message.kind !== 'pointers') throw new Error('a message of pointers was read as something else');
          const left = unanswered(message, answered);
          expect(left.pointers.size === 0).toBe(expected);
          // What is left and what is answered are all that there was.
          for (const [key, version] of message.pointers.get('e') ?? []) {
            expect(left.pointers.get('e')?.has(key) ?? false).toBe((answered.get('e')?.get(key) ?? -1n) < version);
          }
        },
      ),
    );
  });
});

test('bodies are cut by items and by bytes, and lose nothing', () => {
  const row = fc.record({ entity: fc.constant('e'), key: fc.uuid(), version: fc.constant(1n), item: fc.string({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(row), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 100 }), (rows, mostItems, mostBytes) => {
      const bodies = cut(rows, mostBytes, mostItems);
      expect(bodies.flat()).toEqual(rows);
      for (const one of bodies) {
        expect(one.length).toBeLessThanOrEqual(mostItems);
        if (one.length > 1) expect(one.reduce((sum, { item }) => sum + item.length, 0)).toBeLessThanOrEqual(mostBytes);
      }
    }),
  );
});
