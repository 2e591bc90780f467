import type { FastifyRequest } from 'fastify';
import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';

import { ACCESS_TOKEN_TYPE, accessFrom, rememberCaller, TOKEN_AUDIENCE, tokenIssuerOf } from './access.ts';

const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
const tokenOf = (expiresInSeconds: number): Promise<string> =>
  new SignJWT({ role: 'customer' })
    .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE })
    .setIssuer(tokenIssuerOf('world'))
    .setAudience(TOKEN_AUDIENCE)
    .setSubject('somebody')
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
    .sign(privateKey);
const requestWith = (token: string): FastifyRequest => ({ headers: { authorization: `Bearer ${token}` } }) as FastifyRequest;

/** An access whose keys can be taken away, and whose clock can be moved. */
function open() {
  const held = { hasKey: true, aheadMs: 0, looks: 0 };
  const keys = async (): Promise<typeof publicKey> => {
    held.looks += 1;
    if (!held.hasKey) throw new Error('no key');
    return publicKey;
  };
  return { held, access: accessFrom('world', keys, () => Date.now() + held.aheadMs) };
}

test('a token is checked once, and again when it was believed for its time', async () => {
  const { held, access } = open();
  const request = requestWith(await tokenOf(3_600));
  for (let n = 0; n < 3; n += 1) expect(await access.callerOf(request)).toEqual({ accountId: 'somebody', role: 'customer' });
  expect(held.looks).toBe(1);
  held.hasKey = false;
  held.aheadMs = 31_000;
  await expect(access.callerOf(request)).rejects.toThrow();
});

test('a token is believed no longer than it lives', async () => {
  const { held, access } = open();
  const request = requestWith(await tokenOf(10));
  expect((await access.callerOf(request))?.accountId).toBe('somebody');
  held.hasKey = false;
  held.aheadMs = 16_000;
  await expect(access.callerOf(request)).rejects.toThrow();
});

test('another token is not believed because one was', async () => {
  const { access } = open();
  const token = await tokenOf(3_600);
  expect((await access.callerOf(requestWith(token)))?.accountId).toBe('somebody');
  await expect(access.callerOf(requestWith(`${token.slice(0, -8)}AAAAAAAA`))).rejects.toThrow();
});

test('a token, a bad one too, costs one look a request, however many ask; the next request is looked at anew', async () => {
  const { held, access } = open();
  const remembered = rememberCaller(access);
  const token = await tokenOf(3_600);
  held.hasKey = false;
  const request = requestWith(token);
  await expect(remembered.callerOf(request)).rejects.toThrow();
  await expect(remembered.requireRole(request, ['customer'])).rejects.toThrow();
  expect(held.looks).toBe(1);
  held.hasKey = true;
  expect(await remembered.requireRole(requestWith(token), ['customer'])).toMatchObject({ accountId: 'somebody' });
  await expect(remembered.requireRole(requestWith(token), ['admin'])).rejects.toThrow();
});
