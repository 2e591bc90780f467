import { Type } from 'typebox';
import { expect, test } from 'vitest';

import { openApi } from '../region-api/api.ts';
import { fractionDone, progressLine } from './progress.ts';
import { realRetryDeps } from '../region-api/retry.ts';
import { startTestRegion } from './test-region.ts';

test('a small file that is read whole is not done before its answers are', () => {
  expect(fractionDone({ read: 1, found: 0, answered: 0, finished: false })).toBe(0);
  expect(fractionDone({ read: 1, found: 200, answered: 50, finished: false })).toBe(0.25);
  expect(fractionDone({ read: 1, found: 200, answered: 200, finished: false })).toBe(0.99);
  expect(fractionDone({ read: 1, found: 200, answered: 200, finished: true })).toBe(1);
  expect(fractionDone({ read: undefined, found: 200, answered: 50, finished: false })).toBeUndefined();
});

test('a line says how far it is, or what is waited for', () => {
  const state = { fraction: 0.5, rows: 1_200, items: 300 };
  expect(progressLine(state, 10, false)).toBe(' 50 %  1,200 rows  300 prices  30 prices/s  10 s');
  expect(progressLine(state, 10, true)).toMatch(/^\[#{12}\.{12}\] /);
  const waiting = { reason: '502 upstream_failed', retry: 3 };
  expect(progressLine({ ...state, waiting }, 10, true)).toBe('waiting: 502 upstream_failed, retry 3  1,200 rows  300 prices  10 s');
  expect(progressLine({ fraction: 0, rows: 0, items: 0, waiting }, 5, false)).toBe('waiting: 502 upstream_failed, retry 3  5 s');
});

test('a request that is repeated is waited for until it is answered', async () => {
  const region = await startTestRegion();
  let left = 2;
  region.mishap = () => (left-- > 0 ? 'busy' : 'refused');
  const seen: unknown[] = [];
  const sleep = async (): Promise<void> => void seen.push({ ...api.waiting });
  const api = openApi({ url: region.url, connections: 1, deps: { ...realRetryDeps, sleep } });
  const signals = { stop: new AbortController().signal, abandon: new AbortController().signal };
  try {
    const request = { method: 'POST', path: '/v1/products/bulk', body: {}, answer: Type.Object({}) } as const;
    await expect(api.send(request, signals)).rejects.toThrow('403 forbidden');
    expect(seen).toEqual([
      { reason: '503 unavailable', retry: 1 },
      { reason: '503 unavailable', retry: 2 },
    ]);
    expect(api.waiting).toBeUndefined();
  } finally {
    await api.close();
    await region.close();
  }
});
