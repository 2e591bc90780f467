/**
 * Goal: keys are rotated while tokens are issued and verified, and none is refused. The verifier is what every other service has: keys that are fetched over HTTP
 * and cached, and not asked for again at once. Planted once: a key that signs as soon as it is there.
 */
import type { FastifyRequest } from 'fastify';
import { createRemoteJWKSet, decodeProtectedHeader } from 'jose';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { Tokens } from '#contracts/auth.ts';
import { accessFrom } from '#platform/access.ts';
import { systemClock } from '#platform/clock.ts';

import type { SigningKeys } from '../secrets.ts';
import { openScene, type Scene, signingKey } from '../testing/scene.ts';
import { signIn } from '../testing/sign-in.ts';

const COOLDOWN_MS = 1_000;
const PUBLISHED_MS = 360_000;
let scene: Scene;
let url: string;
let aheadMs = 0;
let keys: SigningKeys = { keys: [signingKey('first')] };
const nowMs = (): number => Date.now() + aheadMs;
const signsIn = (ms: number) => ({ signFrom: new Date(nowMs() + ms).toISOString() });

beforeAll(async () => {
  const secrets = { signingKeys: async () => keys, isAdmin: async () => false, pepper: async () => Buffer.alloc(32, 1) };
  scene = await openScene({ limits: { codesPerAddress: 1_000 }, secrets, clock: { ...systemClock, now: nowMs } });
  url = await scene.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => scene.close());

const fetched = (cooldownDuration: number) => createRemoteJWKSet(new URL('/v1/auth/jwks.json', url), { cooldownDuration });
const requestWith = (token: string): FastifyRequest => ({ headers: { authorization: `Bearer ${token}` } }) as FastifyRequest;

it('a key that is published before it signs is refused by nobody, at any moment', async () => {
  const remote = fetched(COOLDOWN_MS);
  const access = accessFrom('world', remote);
  const verified = new Map<string, number>();
  const failures: unknown[] = [];
  let isOver = false;
  const members: string[] = [];
  for (let n = 0; n < 4; n += 1) members.push((await signIn(scene, `loader-${n}@example.com`)).refreshToken);
  const load = members.map(async (first) => {
    let refreshToken = first;
    const earlier: string[] = [];
    while (!isOver) {
      const tokens = Value.Parse(Tokens, (await scene.post('/v1/auth/tokens/refresh', { refreshToken })).body);
      refreshToken = tokens.refreshToken ?? '';
      earlier.push(tokens.accessToken);
      // The new one, and one that was signed some time ago: not believed any more without another look.
      for (const token of [tokens.accessToken, ...earlier.slice(0, 1)]) {
        await accessFrom('world', remote)
          .callerOf(requestWith(token))
          .catch((error: unknown) => failures.push(error));
      }
      await access.callerOf(requestWith(tokens.accessToken)).catch((error: unknown) => failures.push(error));
      const kid = String(decodeProtectedHeader(tokens.accessToken).kid);
      verified.set(kid, (verified.get(kid) ?? 0) + 1);
    }
  });
  const many = (kid: string) => expect.poll(() => verified.get(kid) ?? 0, { timeout: 20_000 }).toBeGreaterThan(20);

  await many('first');
  keys = { keys: [{ ...signingKey('second'), ...signsIn(PUBLISHED_MS) }, ...keys.keys] };
  // Published, it does not sign yet; whoever has fetched the keys before may meanwhile fetch them again.
  const before = verified.get('first') ?? 0;
  await expect.poll(() => (verified.get('first') ?? 0) > before + 20 && !remote.coolingDown, { timeout: 20_000 }).toBe(true);
  expect(verified.get('second')).toBeUndefined();
  aheadMs += PUBLISHED_MS;
  await many('second');
  isOver = true;
  await Promise.all(load);
  expect(failures).toEqual([]);
});

it('one that signs at once is refused by whoever has just fetched the others', async () => {
  const remote = fetched(60_000);
  const access = accessFrom('world', remote);
  const { accessToken, refreshToken } = await signIn(scene, 'early@example.com');
  expect((await access.callerOf(requestWith(accessToken)))?.role).toBe('customer');
  keys = { keys: [signingKey('third'), ...keys.keys] };
  const next = Value.Parse(Tokens, (await scene.post('/v1/auth/tokens/refresh', { refreshToken })).body);
  expect(decodeProtectedHeader(next.accessToken).kid).toBe('third');
  expect(remote.coolingDown).toBe(true);
  await expect(access.callerOf(requestWith(next.accessToken))).rejects.toMatchObject({ code: 'unauthenticated' });
});
