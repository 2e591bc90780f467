import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Type } from 'typebox';
import { beforeEach, expect, it } from 'vitest';

import { ACCESS_TOKEN_TYPE, accessFrom, TOKEN_AUDIENCE, tokenIssuerOf } from '../access.ts';
import type { App } from '../app.ts';
import { createHttpApp } from '../http.ts';
import { createLogger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { operation } from '../routes/operation.ts';
import { createRateLimiter } from './limiter.ts';

const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' }] });

const tokenOf = (accountId: string, key = privateKey): Promise<string> =>
  new SignJWT({ role: 'customer' })
    .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
    .setIssuer(tokenIssuerOf('world'))
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(accountId)
    .setExpirationTime('5m')
    .sign(key);

const BURST = 3;
let app: App;
let metrics: Metrics;
let nowMs: number;

beforeEach(() => {
  nowMs = 0;
  metrics = createMetrics('shop');
  app = createHttpApp({
    name: 'shop',
    log: createLogger({ level: 'silent', region: 'test' }),
    readiness: { draining: false, checks: {} },
    routes: { access: accessFrom('world', keys) },
    telemetry: { metrics },
    limits: {
      maxRequestsInFlight: 100,
      eventLoop: { isLagging: () => false, delayMs: () => ({ median: 0, p99: 0 }) },
      rate: createRateLimiter({ perMinute: 20, burst: BURST, nowMs: () => nowMs }),
    },
  });
  const declared = (id: string, token?: 'ignored') =>
    operation({
      id,
      summary: id,
      access: { roles: 'anyone', ...(token === undefined ? {} : { token }) },
      answers: { 200: Type.Object({}) },
      errors: [],
      example: {},
      request: {},
    });
  app.get('/things', declared('things'), async () => ({}));
  app.get('/broken', declared('broken'), async () => Promise.reject(new Error('broken')));
  app.get('/refresh', declared('refresh', 'ignored'), async () => ({}));
});

/** A request of a client at `address`, with `token` where there is one. */
const get = (address: string, token?: string, url = '/things') =>
  app.inject({ url, headers: { 'x-forwarded-for': address, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
const statusOf = async (address: string, token?: string): Promise<number> => (await get(address, token)).statusCode;

it('every answer says what is left, and what is beyond is refused until there is more', async () => {
  for (const [url, remaining] of [
    ['/things', 2],
    ['/nowhere', 1],
    ['/broken', 0],
  ] as const) {
    const { headers } = await get('192.0.2.1', undefined, url);
    expect([headers['ratelimit-policy'], headers['ratelimit']]).toEqual(['"default";q=20;w=60', `"default";r=${remaining};t=3`]);
    expect(headers['retry-after']).toBeUndefined();
  }
  nowMs = 500;
  const refused = await get('192.0.2.1');
  expect(refused.statusCode).toBe(429);
  expect(refused.headers).toMatchObject({
    ratelimit: '"default";r=0;t=3',
    'retry-after': '3',
    'content-type': 'application/problem+json; charset=utf-8',
  });
  expect(refused.json()).toMatchObject({ code: 'too_many_requests', correlationId: refused.headers['x-correlation-id'] });
  expect(await metrics.text()).toContain('madeinworld_http_rate_limited_total{service="shop"} 1\n');
  nowMs = 3_000;
  expect(await statusOf('192.0.2.1')).toBe(200);
  expect(await statusOf('192.0.2.1')).toBe(429);
});

it('each address has its own', async () => {
  for (let n = 0; n < BURST; n += 1) await get('192.0.2.1');
  expect(await statusOf('192.0.2.1')).toBe(429);
  expect(await statusOf('192.0.2.2')).toBe(200);
});

it('an account has its own, wherever it calls from, and whoever else calls from there', async () => {
  const token = await tokenOf('ada');
  for (let n = 0; n < BURST; n += 1) expect(await statusOf(`192.0.2.${n}`, token)).toBe(200);
  expect(await statusOf('192.0.2.9', token)).toBe(429);
  // Another token of the same account, and another account at the same address.
  expect(await statusOf('192.0.2.9', await tokenOf('ada', privateKey))).toBe(429);
  expect(await statusOf('192.0.2.9', await tokenOf('bob'))).toBe(200);
  expect(await statusOf('192.0.2.9')).toBe(200);
});

it('a token that is no good is nobody: it takes from its address, not from the account that it names', async () => {
  const forged = await tokenOf('ada', stranger.privateKey);
  for (let n = 0; n < BURST; n += 1) expect(await statusOf('192.0.2.1', forged)).toBe(401);
  expect(await statusOf('192.0.2.1', forged)).toBe(429);
  expect(await statusOf('192.0.2.1')).toBe(429);
  expect(await statusOf('192.0.2.1', await tokenOf('ada'))).toBe(200);
});

it('a token that the route does not look at is not looked at here either', async () => {
  const token = await tokenOf('ada');
  for (let n = 0; n < BURST; n += 1) expect((await get('192.0.2.1', token, '/refresh')).statusCode).toBe(200);
  expect((await get('192.0.2.1', token, '/refresh')).statusCode).toBe(429);
  expect(await statusOf('192.0.2.1', token)).toBe(200);
});

it('no account is mistaken for an address', async () => {
  const token = await tokenOf('192.0.2.1');
  for (let n = 0; n < BURST; n += 1) await get('192.0.2.7', token);
  expect(await statusOf('192.0.2.1')).toBe(200);
});

it('probes are free', async () => {
  for (let n = 0; n < 2 * BURST; n += 1) {
    for (const url of ['/livez', '/readyz', '/metrics']) {
      const { statusCode, headers } = await get('192.0.2.1', undefined, url);
      expect([statusCode, headers['ratelimit']]).toEqual([200, undefined]);
    }
  }
  expect(await statusOf('192.0.2.1')).toBe(200);
});
