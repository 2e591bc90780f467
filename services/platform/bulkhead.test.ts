import { expect, it } from 'vitest';

import { createBulkhead } from './bulkhead.ts';
import { DeadlinePassed, within } from './deadline.ts';

const bulkhead = () => createBulkhead(2, { detail: 'Too many wait.', retryAfterSeconds: 3 });

it('a bulkhead lets so many in, sends away who comes beyond without a beginning, and lets in again when one has gone, however that was', async () => {
  const [places, first, second] = [bulkhead(), Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const inside = [places.enter(() => first.promise), places.enter(() => second.promise)];
  let begun = 0;
  const count = async (): Promise<number> => (begun += 1);
  await expect(places.enter(count)).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '3' } });
  expect(begun).toBe(0);
  first.resolve('done');
  expect(await inside[0]).toBe('done');
  expect(await places.enter(count)).toBe(1);
  second.reject(new Error('broken'));
  await expect(inside[1]).rejects.toThrow('broken');
  expect(await Promise.all([places.enter(count), places.enter(count)])).toEqual([2, 3]);
});

it('a deadline lets go who waits, and tells the work, which may end as it likes', async () => {
  const [signals, work]: [AbortSignal[], PromiseWithResolvers<never>] = [[], Promise.withResolvers()];
  const late = within(5, (signal) => {
    signals.push(signal);
    return work.promise;
  });
  await expect(late).rejects.toBeInstanceOf(DeadlinePassed);
  expect(signals[0]?.aborted).toBe(true);
  // Nobody hears of it any more, and that is no unhandled rejection.
  work.reject(new Error('long after'));
  expect(await within(60_000, async ({ aborted }) => aborted)).toBe(false);
  await expect(within(60_000, async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
