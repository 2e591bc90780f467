import { expect, test } from 'vitest';

import { readRetryAfter, retrying, Transient, type RetryDeps } from './retry.ts';

const signals = { stop: new AbortController().signal, abandon: new AbortController().signal };

/** A clock that only pauses move. */
function clock(random: number): { deps: RetryDeps; pauses: number[] } {
  const pauses: number[] = [];
  let nowMs = 0;
  const sleep = async (ms: number): Promise<void> => {
    pauses.push(ms);
    nowMs += ms;
  };
  return { deps: { sleep, random: () => random, nowMs: () => nowMs }, pauses };
}

function failing(times: number, error = new Transient('busy')): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
    return 'done';
  };
}

test('pauses twice as long each time, up to five seconds, with jitter over the whole of it', async () => {
  const { deps, pauses } = clock(0.5);
  const seen: string[] = [];
  expect(await retrying(failing(8), { patienceMs: 60_000, signals, deps, onRetry: ({ message }) => seen.push(message) })).toBe('done');
  expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
  expect(seen).toHaveLength(8);
});

test('waits at least as long as the server asked, but not for ever', async () => {
  const { deps, pauses } = clock(0);
  await retrying(failing(1, new Transient('busy', 7_000)), { patienceMs: 60_000, signals, deps, onRetry: () => undefined });
  await retrying(failing(1, new Transient('busy', 9e9)), { patienceMs: 90_000, signals, deps, onRetry: () => undefined });
  expect(pauses).toEqual([7_000, 60_000]);
});

test('gives up when the next pause would end after its patience, with the last failure', async () => {
  const { deps, pauses } = clock(1);
  await expect(retrying(failing(99), { patienceMs: 1_000, signals, deps, onRetry: () => undefined })).rejects.toThrow('busy');
  expect(pauses).toEqual([100, 200, 400]);
});

test('does not repeat what will not pass, nor anything once it is told to stop', async () => {
  const { deps, pauses } = clock(0);
  const options = { patienceMs: 1_000, signals, deps, onRetry: () => undefined };
  await expect(retrying(() => Promise.reject(new Error('for good')), options)).rejects.toThrow('for good');
  const stopped = { ...options, signals: { ...signals, stop: AbortSignal.abort() } };
  await expect(retrying(failing(1), stopped)).rejects.toThrow('busy');
  expect(await retrying(failing(0), stopped)).toBe('done');
  await expect(
    retrying(failing(0), { ...options, signals: { ...signals, abandon: AbortSignal.abort(new Error('at once')) } }),
  ).rejects.toThrow('at once');
  expect(pauses).toEqual([]);
});

test.each([
  ['0', 0],
  ['120', 120_000],
  ['Mon, 05 Jan 2026 08:02:10 GMT', 10_000],
  ['Mon, 05 Jan 2026 08:01:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('reads Retry-After: %s', (value, ms) => {
  expect(readRetryAfter(value, Date.UTC(2026, 0, 5, 8, 2))).toBe(ms);
});
