/**
 * Goal: staff does nothing as staff on the strength of a mailbox alone. Planted once: a step taken twice, tries that are not counted, a role that does not ask
 * what its session has proved, an app that is changed from an old session.
 */
import { sql } from 'kysely';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Tokens } from '#contracts/auth.ts';
import { Factors, SecondFactorWanted, TotpEnrolment } from '#contracts/factors.ts';
import { systemClock } from '#platform/clock.ts';

import { openScene, type Scene } from '../testing/scene.ts';
import { askForCode, signIn } from '../testing/sign-in.ts';
import { totpAt } from '../testing/totp-app.ts';

const limits = { codesPerAddress: 1_000 };
let scene: Scene;
let serial = 0;
let nowMs = Date.now();
const STEP_MS = 30_000;
const someone = (): string => `staff-${(serial += 1)}@madeinworld.example`;

beforeAll(async () => {
  scene = await openScene({ limits, staffSecondFactor: 'required', clock: { ...systemClock, now: () => nowMs } });
});
afterAll(() => scene.close());

const enrol = async (token: string) => Value.Parse(TotpEnrolment, (await scene.send('POST', '/v1/auth/factors/totp', { token })).body);
const confirm = (token: string, code: string) => scene.send('POST', '/v1/auth/factors/totp/confirmation', { token, body: { code } });
const refreshed = async (refreshToken: string) => Value.Parse(Tokens, (await scene.post('/v1/auth/tokens/refresh', { refreshToken })).body);
async function challengeOf(email: string) {
  const answer = await scene.post('/v1/auth/tokens', await askForCode(scene, email));
  return Value.Parse(SecondFactorWanted, answer.body).secondFactor;
}
const answer = (challengeId: string, totp: string) => scene.post('/v1/auth/tokens/second-factor', { challengeId, totp });

/** Somebody of staff with an app; the clock is past the step that confirmed it. */
async function enrolled(email = someone()) {
  scene.staff.push(email);
  const tokens = await signIn(scene, email);
  const { secret } = await enrol(tokens.accessToken);
  expect((await confirm(tokens.accessToken, totpAt(secret, nowMs))).status).toBe(204);
  nowMs += STEP_MS;
  return { email, secret, ...tokens };
}

describe('staff without a factor', () => {
  it('is told to add one, and is a customer until then', async () => {
    const email = someone();
    scene.staff.push(email);
    const tokens = await signIn(scene, email);
    expect(tokens).toMatchObject({ enrol: true, account: { role: 'customer' } });
    expect((await scene.send('GET', '/v1/auth/accounts', { token: tokens.accessToken })).status).toBe(403);
    const { secret } = await enrol(tokens.accessToken);
    // A secret that nobody has confirmed is none.
    expect(await refreshed(tokens.refreshToken)).toMatchObject({ enrol: true, account: { role: 'customer' } });
    expect((await confirm(tokens.accessToken, totpAt(secret, nowMs))).status).toBe(204);
  });

  it('has its role once it has added one', async () => {
    const { refreshToken } = await enrolled();
    const next = await refreshed(refreshToken);
    expect(next).toMatchObject({ account: { role: 'admin' } });
    expect(next).not.toHaveProperty('enrol');
    expect((await scene.send('GET', '/v1/auth/accounts', { token: next.accessToken })).status).toBe(200);
  });
});

describe('staff with a factor', () => {
  it('is asked for it after the code, and gets no token before', async () => {
    const { email, secret } = await enrolled();
    const given = await scene.post('/v1/auth/tokens', await askForCode(scene, email));
    expect(given.status).toBe(200);
    expect(Object.keys(given.body as object)).toEqual(['secondFactor']);
    expect(given.headers['set-cookie']).toBeUndefined();
    const { challengeId, kinds } = Value.Parse(SecondFactorWanted, given.body).secondFactor;
    expect(kinds).toEqual(['totp']);
    const tokens = await answer(challengeId, totpAt(secret, nowMs));
    expect(tokens).toMatchObject({ status: 200, body: { account: { role: 'admin' } } });
    nowMs += STEP_MS;
    expect((await answer(challengeId, totpAt(secret, nowMs))).status).toBe(401);
  });

  it('is refused a code that was used, or is older than one that was', async () => {
    const { email, secret } = await enrolled();
    const [used, before] = [totpAt(secret, nowMs), totpAt(secret, nowMs - STEP_MS)];
    expect((await answer((await challengeOf(email)).challengeId, used)).status).toBe(200);
    const next = await challengeOf(email);
    expect(await answer(next.challengeId, used)).toMatchObject({ status: 401, body: { code: 'second_factor_invalid' } });
    expect((await answer(next.challengeId, before)).status).toBe(401);
    nowMs += STEP_MS;
    expect((await answer(next.challengeId, totpAt(secret, nowMs))).status).toBe(200);
  });

  it('gets in once by one code, however many try it at the same time', async () => {
    const { email, secret } = await enrolled();
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push((await challengeOf(email)).challengeId);
    const code = totpAt(secret, nowMs);
    const answers = await Promise.all(ids.map((id) => answer(id, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is locked out for a while by five wrong codes, over all challenges, and in the database', async () => {
    const { email, secret } = await enrolled();
    const wrong = () => (totpAt(secret, nowMs) === '000000' ? '111111' : '000000');
    const first = await challengeOf(email);
    for (let n = 0; n < 3; n += 1) expect((await answer(first.challengeId, wrong())).status).toBe(401);
    const second = await challengeOf(email);
    for (let n = 0; n < 2; n += 1) expect((await answer(second.challengeId, wrong())).status).toBe(401);
    const locked = await answer(second.challengeId, totpAt(secret, nowMs));
    expect(locked).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(800);
    await sql`UPDATE auth.totp SET locked_until = now()`.execute(scene.database.db);
    expect((await answer(second.challengeId, totpAt(secret, nowMs))).status).toBe(200);
    const { rows } = await sql<{ n: number }>`
      SELECT count(*)::int AS n FROM auth.security_event WHERE kind = 'sign_in_failed' AND detail ->> 'reason' = 'code+totp'`.execute(
      scene.database.db,
    );
    expect(rows[0]?.n).toBeGreaterThanOrEqual(6);
  });

  it('has five attempts a challenge, and five minutes', async () => {
    const { email, secret } = await enrolled();
    const { challengeId } = await challengeOf(email);
    const over = { status: 401, body: { code: 'second_factor_over' } };
    await sql`UPDATE auth.factor_challenge SET attempts = 5 WHERE id = ${challengeId}`.execute(scene.database.db);
    expect(await answer(challengeId, totpAt(secret, nowMs))).toMatchObject(over);
    const later = await challengeOf(email);
    await sql`UPDATE auth.factor_challenge SET expires_at = now() WHERE id = ${later.challengeId}`.execute(scene.database.db);
    expect(await answer(later.challengeId, totpAt(secret, nowMs))).toMatchObject(over);
    expect(await answer('00000000-0000-4000-8000-000000000000', totpAt(secret, nowMs))).toMatchObject(over);
  });

  it("is not let in by somebody else's app", async () => {
    const [one, other] = [await enrolled(), await enrolled()];
    expect((await answer((await challengeOf(one.email)).challengeId, totpAt(other.secret, nowMs))).status).toBe(401);
  });

  it('is a customer in a session that is older than the role', async () => {
    const email = someone();
    const old = await signIn(scene, email);
    scene.staff.push(email);
    const other = await signIn(scene, email);
    const { secret } = await enrol(other.accessToken);
    await confirm(other.accessToken, totpAt(secret, nowMs));
    expect((await refreshed(other.refreshToken)).account.role).toBe('admin');
    const stale = await refreshed(old.refreshToken);
    expect(stale.account.role).toBe('customer');
    expect(stale).not.toHaveProperty('enrol');
    // Nor does it get at the factor, though it is fresh.
    const [factor] = Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token: stale.accessToken })).body).factors;
    const refused = await scene.send('DELETE', `/v1/auth/factors/${factor?.id}`, { token: stale.accessToken });
    expect(refused).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
  });
});

describe('an authenticator app', () => {
  it('is one; another comes when it is gone, and both are in the log', async () => {
    const email = someone();
    const { accessToken: token, account, refreshToken } = await signIn(scene, email);
    const first = await enrol(token);
    const second = await enrol(token);
    expect((await confirm(token, totpAt(first.secret, nowMs))).status).toBe(401);
    expect((await confirm(token, totpAt(second.secret, nowMs))).status).toBe(204);
    expect((await confirm(token, totpAt(second.secret, nowMs + STEP_MS))).status).toBe(401);
    expect((await scene.send('POST', '/v1/auth/factors/totp', { token })).status).toBe(409);
    const listed = Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token })).body).factors;
    expect(listed).toEqual([expect.objectContaining({ id: second.id, kind: 'totp' })]);
    // A customer who wants one is asked for it too.
    const { challengeId } = await challengeOf(email);
    nowMs += STEP_MS;
    const other = Value.Parse(Tokens, (await answer(challengeId, totpAt(second.secret, nowMs))).body);
    expect((await scene.send('DELETE', `/v1/auth/factors/${second.id}`, { token })).status).toBe(204);
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken: other.refreshToken })).status).toBe(401);
    expect((await refreshed(refreshToken)).account.id).toBe(account.id);
    expect((await signIn(scene, email)).account.id).toBe(account.id);
    const { rows } = await sql<{ kind: string; detail: unknown }>`
      SELECT kind, detail FROM auth.security_event WHERE account_id = ${account.id} AND kind LIKE 'factor%' ORDER BY at`.execute(
      scene.database.db,
    );
    expect(rows).toEqual([
      { kind: 'factor_added', detail: { factor: 'totp' } },
      { kind: 'factor_removed', detail: { factor: 'totp' } },
    ]);
  });

  it('that was removed leaves no session of staff behind', async () => {
    const { refreshToken } = await enrolled();
    const { accessToken: token } = await refreshed(refreshToken);
    const [factor] = Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token })).body).factors;
    expect((await scene.send('DELETE', `/v1/auth/factors/${factor?.id}`, { token })).status).toBe(204);
    expect((await scene.send('GET', '/v1/auth/accounts', { token })).status).toBe(401);
  });

  it('is neither added nor removed by a session of yesterday', async () => {
    const { accessToken: token } = await signIn(scene, someone());
    const { id, secret } = await enrol(token);
    await sql`UPDATE auth.session SET created_at = now() - interval '1 day'`.execute(scene.database.db);
    for (const refused of [
      await confirm(token, totpAt(secret, nowMs)),
      await scene.send('POST', '/v1/auth/factors/totp', { token }),
      await scene.send('DELETE', `/v1/auth/factors/${id}`, { token }),
    ])
      expect(refused).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
  });

  it("is not removed by others, but for an administrator, who takes all of somebody's", async () => {
    const mine = await enrolled();
    const admin = await refreshed((await enrolled()).refreshToken);
    const [factor] = Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token: mine.accessToken })).body).factors;
    expect((await scene.send('DELETE', `/v1/auth/factors/${factor?.id}`, { token: admin.accessToken })).status).toBe(404);
    const reset = (id: string) => scene.send('DELETE', `/v1/auth/accounts/${id}/factors`, { token: admin.accessToken });
    expect((await reset(admin.account.id)).status).toBe(403);
    expect((await reset('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await reset(mine.account.id)).status).toBe(204);
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken: mine.refreshToken })).status).toBe(401);
    expect(await signIn(scene, mine.email)).toMatchObject({ enrol: true });
    const { rows } = await sql`
      SELECT kind, actor_id, detail FROM auth.security_event WHERE account_id = ${mine.account.id} AND actor_id IS NOT NULL ORDER BY at, kind`.execute(
      scene.database.db,
    );
    expect(rows).toContainEqual({ kind: 'factor_removed', actor_id: admin.account.id, detail: { factor: 'totp' } });
    // Whose sessions they were did not end them.
    const ended = await sql<{ actor_id: string | null }>`
      SELECT actor_id FROM auth.security_event WHERE account_id = ${mine.account.id} AND kind = 'session_ended'`.execute(scene.database.db);
    expect(ended.rows.length).toBeGreaterThan(0);
    expect(new Set(ended.rows.map(({ actor_id }) => actor_id))).toEqual(new Set([admin.account.id]));
  });

  it("of somebody else is not reset by an administrator's session of yesterday", async () => {
    const mine = await enrolled();
    const admin = await refreshed((await enrolled()).refreshToken);
    await sql`UPDATE auth.session SET created_at = now() - interval '1 day', factor_at = now() - interval '1 day' WHERE account_id = ${admin.account.id}`.execute(
      scene.database.db,
    );
    const refused = await scene.send('DELETE', `/v1/auth/accounts/${mine.account.id}/factors`, { token: admin.accessToken });
    expect(refused).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    const { rows } = await sql`SELECT FROM auth.totp WHERE account_id = ${mine.account.id}`.execute(scene.database.db);
    expect(rows).toHaveLength(1);
  });

  it('has its secret in no table as it is', async () => {
    const { secret } = await enrolled();
    const { rows } = await sql<{ row: string }>`SELECT t::text AS row FROM auth.totp t`.execute(scene.database.db);
    expect(rows.length).toBeGreaterThan(0);
    const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const hex = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0')).join('');
    expect(rows.filter(({ row }) => row.includes(secret) || row.includes(hex))).toEqual([]);
  });
});

describe('where no factor is required', () => {
  it('staff has its role by a code, unless it has a factor: then that is asked for', async () => {
    const lenient = await openScene({ limits });
    expect((await signIn(lenient, 'ada@madeinworld.example')).account.role).toBe('admin');
    const { accessToken: token, refreshToken } = await signIn(lenient, 'ada@madeinworld.example');
    const { secret } = Value.Parse(TotpEnrolment, (await lenient.send('POST', '/v1/auth/factors/totp', { token })).body);
    const code = totpAt(secret, Date.now());
    await lenient.send('POST', '/v1/auth/factors/totp/confirmation', { token, body: { code } });
    const asked = await lenient.post('/v1/auth/tokens', await askForCode(lenient, 'ada@madeinworld.example'));
    expect(Object.keys(asked.body as object)).toEqual(['secondFactor']);
    expect((await lenient.post('/v1/auth/tokens/refresh', { refreshToken })).body).toMatchObject({ account: { role: 'admin' } });
    await lenient.close();
  });
});
