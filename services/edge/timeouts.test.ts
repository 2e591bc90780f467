import { afterEach, expect, it, vi } from 'vitest';

import worker, { type Env } from './worker.ts';

const url = 'http://origin.example';
const env: Env = {
  AUTH_ORIGIN: url,
  USER_ORIGIN: url,
  CATALOG_ORIGIN: url,
  INVENTORY_ORIGIN: url,
  ORDER_ORIGIN: url,
  NOTIFICATION_ORIGIN: url,
  SYNC_ORIGIN: url,
  RATE_LIMITER: { limit: async () => ({ success: true }) },
  RATE_LIMIT_PERIOD_SECONDS: '60',
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it.each([
  ['/v1/products', {}, 15_000],
  ['/v1/products/import', {}, 30_000],
  ['/v1/products', { TIMEOUT_MS: '400' }, 400],
  ['/v1/products/bulk', { BULK_TIMEOUT_MS: '500' }, 500],
])('a request of %s, where %j is set, has %i ms', async (path, set, timeoutMs) => {
  vi.stubGlobal('fetch', async () => new Response('{}'));
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  const response = await worker.fetch(new Request(`https://shop.example${path}`), { ...env, ...set });
  expect(response.status).toBe(200);
  expect(timeout.mock.calls).toEqual([[timeoutMs]]);
});
