/** Goal: work in the background is done when it is due or asked for, one turn at a time, and not at all when nothing waits. Planted once: a nudge within a turn that is lost. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { inBackground } from './background.ts';

const failed = vi.fn();
const options = { gapMs: 10, longestMs: 1_000, failed };
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  failed.mockReset();
});

it('is done once it is nudged, and again when something is due, but never sooner than the gap', async () => {
  const due = [500, 3, undefined];
  const work = vi.fn(async () => due.shift());
  const background = inBackground(work, options);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(work).toHaveBeenCalledTimes(0);
  background.nudge();
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(7);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(3);
  expect(work).toHaveBeenCalledTimes(3);
  // Nothing waits any more.
  await vi.advanceTimersByTimeAsync(100_000);
  expect(work).toHaveBeenCalledTimes(3);
});

it('takes a nudge within a turn as one for the next', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let turns = 0;
  const background = inBackground(async () => {
    await gates[turns++]?.promise;
    return undefined;
  }, options);
  background.nudge();
  await vi.advanceTimersByTimeAsync(1);
  background.nudge();
  background.nudge();
  await vi.advanceTimersByTimeAsync(100);
  expect(turns).toBe(1);
  gates[0]?.resolve();
  await vi.advanceTimersByTimeAsync(11);
  expect(turns).toBe(2);
  gates[1]?.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(turns).toBe(2);
});

it('is tried again after the gap when it has failed, and waits no longer than the longest', async () => {
  const work = vi.fn(async () => 3_600_000).mockRejectedValueOnce(new Error('not now'));
  const background = inBackground(work, options);
  background.nudge();
  await vi.advanceTimersByTimeAsync(1);
  expect(failed).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(work).toHaveBeenCalledTimes(3);
});

it('begins nothing more once it is drained, and waits for its turn', async () => {
  const gate = Promise.withResolvers<undefined>();
  let sawStop = false;
  const work = vi.fn(async (isStopping: () => boolean) => {
    await gate.promise;
    sawStop = isStopping();
    return 1;
  });
  const background = inBackground(work, options);
  background.nudge();
  await vi.advanceTimersByTimeAsync(1);
  const draining = background.drain();
  gate.resolve(undefined);
  await draining;
  expect(sawStop).toBe(true);
  background.nudge();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(work).toHaveBeenCalledTimes(1);
});
