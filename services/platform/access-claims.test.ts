/**
 * Goal: a token is believed for what it is, an access token of this region that our keys have signed, and for nothing that looks like one (ASVS 9.1, 9.2). Planted once
 * each: a verification that does not ask for the algorithm, the type, the audience, the issuer, claims that their schema refuses and that are said to be a fault of ours.
 */
import type { FastifyRequest } from 'fastify';
import { generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { expect, test } from 'vitest';

import { ACCESS_TOKEN_TYPE, accessFrom, TOKEN_AUDIENCE, tokenIssuerOf } from './access.ts';

const [ours, others, curve] = await Promise.all([
  generateKeyPair('EdDSA', { crv: 'Ed25519' }),
  generateKeyPair('EdDSA', { crv: 'Ed25519' }),
  generateKeyPair('ES256'),
]);
/** As a published set that held keys of other kinds too: what a token says of itself chooses among them. */
const access = accessFrom('world', async ({ alg }) => (alg === 'ES256' ? curve.publicKey : ours.publicKey));
const callerOf = async (token: string) => access.callerOf({ headers: { authorization: `Bearer ${token}` } } as FastifyRequest);

const header: JWTHeaderParameters = { alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'one' };
const nowSeconds = Math.floor(Date.now() / 1_000);
const claims: JWTPayload = {
  iss: tokenIssuerOf('world'),
  aud: TOKEN_AUDIENCE,
  sub: 'somebody',
  role: 'customer',
  exp: nowSeconds + 600,
};
const signed = async (
  change: Readonly<Record<string, unknown>>,
  head: Readonly<Record<string, unknown>> = {},
  key: CryptoKey = ours.privateKey,
): Promise<string> => new SignJWT({ ...claims, ...change }).setProtectedHeader({ ...header, ...head }).sign(key);

test('a token that is all it should be is believed', async () => {
  expect(await callerOf(await signed({}))).toEqual({ accountId: 'somebody', role: 'customer' });
});

test.each<[string, () => Promise<string>]>([
  ['of another type', async () => signed({}, { typ: 'JWT' })],
  ['of a refresh token’s type', async () => signed({}, { typ: 'rt+jwt' })],
  ['of no type', async () => signed({}, { typ: undefined })],
  ['for another audience', async () => signed({ aud: 'somebody-else' })],
  ['for no audience', async () => signed({ aud: undefined })],
  ['of the other region', async () => signed({ iss: tokenIssuerOf('china') })],
  ['of no issuer', async () => signed({ iss: undefined })],
  ['signed by another algorithm, for which there is a key', async () => signed({}, { alg: 'ES256' }, curve.privateKey)],
  ['signed by another key', async () => signed({}, {}, others.privateKey)],
  ['signed by nobody', async () => new UnsecuredJWT(claims).encode()],
  [
    'that brings its key along',
    async () => signed({}, { jku: 'https://evil.example/keys', x5u: 'https://evil.example/keys' }, others.privateKey),
  ],
  ['that is over', async () => signed({ exp: nowSeconds - 60 })],
  ['that is never over', async () => signed({ exp: undefined })],
  ['that is not good yet', async () => signed({ nbf: nowSeconds + 600 })],
  ['of nobody', async () => signed({ sub: undefined })],
  ['with a role that is none', async () => signed({ role: 'owner' })],
  ['with several roles', async () => signed({ role: ['admin'] })],
])('a token %s is not', async (_what, make) => {
  await expect(callerOf(await make())).rejects.toMatchObject({ code: 'unauthenticated' });
});
