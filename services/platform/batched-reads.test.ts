/**
 * Goal: every read gets its own answer, from a query that began after it was asked for, and reads that come together and want to see the same share one. Planted once:
 * views in one query, a view that is asked for again and again and never lets the others have their turn.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { batchedReads } from './batched-reads.ts';

/** A source whose queries are answered when the test says so. */
function scene({ atOnce = 1, most = 100, viewOf = (_ask: number): string => '' } = {}) {
  const queries: { readonly asks: readonly number[]; answer(): void; refuse(): void }[] = [];
  const read = batchedReads<number, string>(
    (asks) =>
      new Promise((resolve, reject) => {
        queries.push({ asks, answer: () => resolve(asks.map((one) => `row ${one}`)), refuse: () => reject(new Error('away')) });
      }),
    { atOnce, most, viewOf },
  );
  const untilQueries = (count: number) => expect.poll(() => queries.length, { interval: 1 }).toBe(count);
  return { read, queries, untilQueries };
}

describe('reads', () => {
  it('of one turn are one query, and each gets its own row', async () => {
    const { read, queries, untilQueries } = scene();
    const all = Promise.all([read(3), read(1), read(3)]);
    await untilQueries(1);
    expect(queries[0]?.asks).toEqual([3, 1, 3]);
    queries[0]?.answer();
    expect(await all).toEqual(['row 3', 'row 1', 'row 3']);
  });

  it('that come while a query is under way are never answered by it', async () => {
    const { read, queries, untilQueries } = scene();
    const first = read(1);
    await untilQueries(1);
    const second = read(1);
    queries[0]?.answer();
    await first;
    await untilQueries(2);
    expect(queries[1]?.asks).toEqual([1]);
    queries[1]?.answer();
    expect(await second).toBe('row 1');
  });

  it('fail with their query alone', async () => {
    const { read, queries, untilQueries } = scene();
    const first = Promise.allSettled([read(1), read(2)]);
    await untilQueries(1);
    const second = read(3);
    queries[0]?.refuse();
    expect((await first).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await untilQueries(2);
    queries[1]?.answer();
    expect(await second).toBe('row 3');
  });

  it('of another view do not fail with one, nor does a view fail with another', async () => {
    const { read, queries, untilQueries } = scene({ atOnce: 3, viewOf: (ask) => (ask < 10 ? 'units' : 'tens') });
    const [units, tens] = [Promise.allSettled([read(1), read(2)]), Promise.all([read(10), read(20)])];
    await untilQueries(2);
    expect(queries.map(({ asks }) => asks)).toEqual([
      [1, 2],
      [10, 20],
    ]);
    queries[0]?.refuse();
    queries[1]?.answer();
    expect((await units).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await tens).toEqual(['row 10', 'row 20']);
  });

  it('of many views are no more queries at once than there may be, and a view that is asked for most waits its turn', async () => {
    const { read, queries, untilQueries } = scene({ atOnce: 2, most: 2, viewOf: (ask) => (ask === 0 ? 'often' : `seldom ${ask}`) });
    const all = Promise.all([0, 0, 0, 0, 0, 1, 2, 3].map((ask) => read(ask)));
    for (let count = 2; count <= 6; count += 1) {
      await untilQueries(count);
      queries[count - 2]?.answer();
    }
    queries[5]?.answer();
    expect(queries.map(({ asks }) => asks)).toEqual([[0, 0], [1], [2], [3], [0, 0], [0]]);
    expect(await all).toHaveLength(8);
  });

  it('of a query that answers too little are refused, not mixed up', async () => {
    const read = batchedReads<number, string>(async () => ['one'], { atOnce: 1, most: 10, viewOf: () => '' });
    expect((await Promise.allSettled([read(1), read(2)])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('are all answered, whatever comes when, with no more queries at once nor reads in one than there may be', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ask: fc.nat(9), turns: fc.nat(3) }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (asks, atOnce, most) => {
          let underWay = 0;
          const read = batchedReads<number, number>(
            async (batch) => {
              underWay += 1;
              expect(underWay).toBeLessThanOrEqual(atOnce);
              expect(batch.length).toBeLessThanOrEqual(most);
              expect(new Set(batch.map((ask) => ask % 3)).size).toBe(1);
              await new Promise((resolve) => setImmediate(resolve));
              underWay -= 1;
              return batch.map((one) => one * 2);
            },
            { atOnce, most, viewOf: (ask) => String(ask % 3) },
          );
          const answers: Promise<number>[] = [];
          for (const { ask, turns } of asks) {
            answers.push(read(ask));
            for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          }
          expect(await Promise.all(answers)).toEqual(asks.map(({ ask }) => ask * 2));
        },
      ),
      { numRuns: 50 },
    );
  });
});
