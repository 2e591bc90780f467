import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import type { Api } from '../../region-api/api.ts';
import type { Session } from '../../region-api/session.ts';
import { openShop } from './shop.ts';

const storeId = '01990000-0000-7000-8000-000000000001';
const session: Session = { token: async () => 'token', renew: async () => undefined };

it.each([
  ['world', 'ONLINE-WORLD', 'GB'],
  ['china', 'ONLINE-CHINA', 'CN'],
])('the online store of %s is made in its own country', async (region, code, country) => {
  const made: unknown[] = [];
  const api: Api = {
    url: 'http://127.0.0.1:1',
    retries: 0,
    waiting: undefined,
    close: async () => undefined,
    send: async ({ method, path, body, answer }) => {
      if (method === 'POST' && path === '/v1/stores') made.push(body);
      return Value.Parse(answer, path === '/v1/stores' ? { id: storeId } : { onlineStoreId: null });
    },
  };
  const signals = { stop: new AbortController().signal, abandon: new AbortController().signal };
  expect(await openShop(api, session, region).ensureStore(signals)).toBe(storeId);
  expect(made).toMatchObject([{ code, country }]);
});
