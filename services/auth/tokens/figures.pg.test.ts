/**
 * Goal: sign-ins are counted once each, by how they were tried and what became of them.
 * Method: signing in by the routes, with the counters read before and after. Planted once each: a sign-in counted where a second factor is wanted first, a throttled one
 * counted as refused, a method that is no label.
 */
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { SecondFactorWanted, TotpEnrolment } from '#contracts/factors.ts';
import { systemClock } from '#platform/clock.ts';
import { createMetrics } from '#platform/metrics/metrics.ts';

import { openScene, type Scene } from '../testing/scene.ts';
import { anotherCode, askForCode, signIn } from '../testing/sign-in.ts';
import { totpAt } from '../testing/totp-app.ts';

const metrics = createMetrics('auth');
let scene: Scene;
let nowMs = Date.now();
beforeAll(async () => {
  scene = await openScene({
    http: { telemetry: { metrics } },
    limits: { codesPerAddress: 100 },
    clock: { ...systemClock, now: () => nowMs },
  });
});
afterAll(() => scene.close());

const figures = async (of = metrics): Promise<Record<string, number>> =>
  Object.fromEntries(
    [...(await of.text()).matchAll(/^madeinworld_sign_ins_total\{method="([^"]*)",outcome="([^"]*)",service="auth"\} (\d+)$/gm)].map(
      ([, method, outcome, value]) => [`${method} ${outcome}`, Number(value)],
    ),
  );

it('counts who is let in and who is refused, and a refresh as neither', async () => {
  const { refreshToken } = await signIn(scene, 'one@example.com');
  expect(await figures()).toEqual({ 'code ok': 1 });
  const asked = await askForCode(scene, 'one@example.com');
  const wrong = { ...asked, code: anotherCode(asked.code) };
  expect((await scene.post('/v1/auth/tokens', wrong)).status).toBe(401);
  expect((await scene.post('/v1/auth/tokens', asked)).status).toBe(200);
  // Used up: once more is refused.
  expect((await scene.post('/v1/auth/tokens', asked)).status).toBe(401);
  expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken })).status).toBe(200);
  expect((await scene.post('/v1/auth/tokens', { challengeId: 'none' })).status).toBe(400);
  expect(await figures()).toEqual({ 'code ok': 2, 'code refused': 2 });
});

it('counts a disabled account as refused', async () => {
  await signIn(scene, 'gone@example.com');
  await scene.database.pool.query(`UPDATE auth.account SET disabled_at = now() WHERE email = 'gone@example.com'`);
  const before = await figures();
  expect((await scene.post('/v1/auth/tokens', await askForCode(scene, 'gone@example.com'))).status).toBe(403);
  expect(await figures()).toEqual({ ...before, 'code refused': (before['code refused'] ?? 0) + 1 });
});

it('counts the answer to a second factor, and not the code before it', async () => {
  const email = 'staff@madeinworld.example';
  scene.staff.push(email);
  const { accessToken: token } = await signIn(scene, email);
  const { secret } = Value.Parse(TotpEnrolment, (await scene.send('POST', '/v1/auth/factors/totp', { token })).body);
  await scene.send('POST', '/v1/auth/factors/totp/confirmation', { token, body: { code: totpAt(secret, nowMs) } });
  nowMs += 30_000;
  const before = await figures();
  const asked = await scene.post('/v1/auth/tokens', await askForCode(scene, email));
  const { challengeId } = Value.Parse(SecondFactorWanted, asked.body).secondFactor;
  expect(await figures()).toEqual(before);
  const totp = totpAt(secret, nowMs);
  expect((await scene.post('/v1/auth/tokens/second-factor', { challengeId, totp: anotherCode(totp).slice(-6) })).status).toBe(401);
  expect((await scene.post('/v1/auth/tokens/second-factor', { challengeId, totp })).status).toBe(200);
  expect(await figures()).toEqual({ ...before, 'code_totp ok': 1, 'code_totp refused': 1 });
});

it('counts nothing of who asks too often', async () => {
  const other = createMetrics('auth');
  const strict = await openScene({ http: { telemetry: { metrics: other } }, limits: { requestsPerClient: 1 } });
  const wrong = { challengeId: '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11', code: '04711815' };
  const statuses = [(await strict.post('/v1/auth/tokens', wrong)).status, (await strict.post('/v1/auth/tokens', wrong)).status];
  expect(statuses).toEqual([401, 429]);
  expect(await figures(other)).toEqual({ 'code refused': 1 });
  await strict.close();
});
