import fc from 'fast-check';
import { expect, test } from 'vitest';

import { openLanes } from './lanes.ts';

const never = new AbortController().signal;

interface Item {
  readonly key: string;
  readonly n: number;
}

test('whatever is pushed arrives once, in order a key, in batches of the size, one at a time a lane', async () => {
  const pushed = fc.array(fc.record({ key: fc.stringMatching(/^[0-9]{2}$/), n: fc.nat() }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      pushed,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 7 }),
      async (scheduler, items, count, batchSize) => {
        const arrived: Item[] = [];
        const busy = new Set<number>();
        const lanes = openLanes<Item>({
          count,
          batchSize,
          signal: never,
          send: async (batch, lane) => {
            expect(busy.has(lane)).toBe(false);
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(batchSize);
            busy.add(lane);
            await scheduler.schedule(Promise.resolve());
            arrived.push(...batch);
            busy.delete(lane);
          },
        });
        const filled = (async () => {
          for (const item of items) await lanes.push(item.key, item);
          await lanes.finish();
        })();
        await scheduler.waitFor(filled);
        expect(arrived).toHaveLength(items.length);
        for (const key of new Set(items.map((item) => item.key))) {
          expect(arrived.filter((item) => item.key === key)).toEqual(items.filter((item) => item.key === key));
        }
      },
    ),
  );
});

test('a reader that awaits its pushes cannot run ahead of a slow lane', async () => {
  const gate = Promise.withResolvers<void>();
  const lanes = openLanes<number>({ count: 1, batchSize: 10, signal: never, send: () => gate.promise });
  let pushed = 0;
  const reading = (async () => {
    for (; pushed < 1_000; pushed += 1) await lanes.push('k', pushed);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(pushed).toBeLessThanOrEqual(30);
  gate.resolve();
  await reading;
  await lanes.finish();
  expect(pushed).toBe(1_000);
});

test('a failed batch stops every lane, and both push and finish say why', async () => {
  const sent: number[] = [];
  const lanes = openLanes<number>({
    count: 2,
    batchSize: 1,
    signal: never,
    send: async ([n = 0]) => {
      sent.push(n);
      throw new Error('refused');
    },
  });
  const reading = (async () => {
    for (let n = 0; n < 100; n += 1) await lanes.push(String(n), n);
  })();
  await expect(reading).rejects.toThrow('refused');
  await expect(lanes.finish()).rejects.toThrow('refused');
  expect(sent.length).toBeLessThanOrEqual(2);
});

test('told to stop, it finishes what is under way and drops the rest', async () => {
  const stop = new AbortController();
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const sent: number[] = [];
  const lanes = openLanes<number>({
    count: 1,
    batchSize: 2,
    signal: stop.signal,
    send: async (batch) => {
      begun.resolve();
      await gate.promise;
      sent.push(...batch);
    },
  });
  for (let n = 0; n < 4; n += 1) void lanes.push('k', n);
  await begun.promise;
  stop.abort();
  gate.resolve();
  await lanes.finish();
  expect(sent).toEqual([0, 1]);
  expect(lanes.push('k', 5)).toBeUndefined();
});
