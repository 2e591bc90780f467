import { expect, it } from 'vitest';

import { readAuthConfig, relyingPartyIn } from './config.ts';

const env = { MAIL_URL: 'smtp://127.0.0.1:25', MAIL_FROM: 'no-reply@madeinworld.example' };

it('who sets nothing has what is safe: staff with a second factor, cookies over TLS alone, counts that hold up', () => {
  expect(readAuthConfig(env)).toMatchObject({
    AUTH_STAFF_SECOND_FACTOR: 'required',
    AUTH_COOKIE_SECURE: true,
    AUTH_CODES_PER_ADDRESS: 20,
    AUTH_CODES_PER_PHONE: 5,
    AUTH_CODES_PER_PHONE_A_DAY: 20,
    AUTH_TEXTS_PER_CLIENT: 30,
    AUTH_REQUESTS_PER_CLIENT: 300,
    AUTH_REQUESTS_PER_DEVICE: 100,
  });
});

it.each(['AUTH_CODES_PER_ADDRESS', 'AUTH_CODES_PER_PHONE', 'AUTH_REQUESTS_PER_CLIENT', 'AUTH_REQUESTS_PER_DEVICE'])(
  '%s cannot be turned off by a zero',
  (name) => {
    expect(() => readAuthConfig({ ...env, [name]: '0' })).toThrow(name);
  },
);

it('passkeys are for a domain and its pages, or for none', () => {
  const set = (more: Record<string, string>) => relyingPartyIn(readAuthConfig({ ...env, ...more }));
  expect(set({})).toBeUndefined();
  expect(set({ AUTH_PASSKEY_RP_ID: 'shop.example', AUTH_PASSKEY_ORIGINS: 'https://admin.shop.example,https://shop.example' })).toEqual({
    rpId: 'shop.example',
    origins: ['https://admin.shop.example', 'https://shop.example'],
  });
  for (const half of [{ AUTH_PASSKEY_RP_ID: 'shop.example' }, { AUTH_PASSKEY_ORIGINS: 'https://shop.example' }])
    expect(() => set(half)).toThrow('go together');
});
