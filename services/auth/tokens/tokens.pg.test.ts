import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Tokens } from '#contracts/auth.ts';
import { accessFrom } from '#platform/access.ts';
import { createHttpApp } from '#platform/http.ts';

import { silentLog } from '../../testing/region-database.ts';
import { ROUNDS } from '../../testing/rounds.ts';
import { askForCode, signIn } from '../testing/sign-in.ts';
import { openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let serial = 0;
const someone = (): string => `holder-${(serial += 1)}@example.com`;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const Jwks = Type.Object({
  keys: Type.Array(Type.Object({ kid: Type.String(), kty: Type.String(), crv: Type.String(), x: Type.String() })),
});
const refresh = (refreshToken: string) => scene.post('/v1/auth/tokens/refresh', { refreshToken });
async function refreshed(refreshToken: string): Promise<string> {
  return Value.Parse(Tokens, (await refresh(refreshToken)).body).refreshToken ?? '';
}
/** As if every rotation had happened `seconds` earlier. */
const age = (seconds: number) =>
  sql`UPDATE auth.refresh_token SET rotated_at = rotated_at - make_interval(secs => ${seconds})`.execute(scene.database.db);

describe('an access token', () => {
  it('passes with the published keys, and names account, role and region', async () => {
    const tokens = await signIn(scene, someone());
    const jwks = await scene.app.inject('/v1/auth/jwks.json');
    expect(jwks.headers['cache-control']).toBe('public, max-age=300');
    expect(jwks.body).not.toContain('"d"');
    const keys = Value.Parse(Jwks, jwks.json());
    expect(keys.keys.map(({ kid }) => kid)).toEqual(['one', 'two']);
    const { payload, protectedHeader } = await jwtVerify(tokens.accessToken, createLocalJWKSet(keys));
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: 'one' });
    expect(payload).toMatchObject({ iss: 'madeinworld/world', aud: 'madeinworld', sub: tokens.account.id, role: 'customer' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresInSeconds: 900, account: { role: 'customer', region: 'world' } });
  });

  it('says when its holder proved who they are, which a refresh does not move', async () => {
    const authTimeOf = ({ accessToken }: Pick<Tokens, 'accessToken'>): unknown => decodeJwt(accessToken)['auth_time'];
    const before = Math.floor(Date.now() / 1_000);
    const tokens = await signIn(scene, someone());
    const first = authTimeOf(tokens);
    expect(first).toBeGreaterThanOrEqual(before);
    expect(first).toBeLessThanOrEqual(Date.now() / 1_000);
    await sql`UPDATE auth.session SET created_at = created_at - interval '1 hour' WHERE account_id = ${tokens.account.id}`.execute(
      scene.database.db,
    );
    const later = Value.Parse(Tokens, (await refresh(tokens.refreshToken)).body);
    expect(Math.abs(Number(authTimeOf(later)) - (Number(first) - 3_600))).toBeLessThanOrEqual(1);
  });

  it('passes here and not in the other region', async () => {
    const { accessToken, account } = await signIn(scene, someone());
    const keys = createLocalJWKSet(Value.Parse(Jwks, (await scene.app.inject('/v1/auth/jwks.json')).json()));
    const app = createHttpApp({ name: 'test', routes: 'undeclared', log: silentLog, readiness: { draining: false, checks: {} } });
    for (const region of ['world', 'china']) app.get(`/${region}`, async (request) => accessFrom(region, keys).callerOf(request));
    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await app.inject({ url: '/world', headers })).json()).toEqual({
      accountId: account.id,
      role: 'customer',
      sessionId: expect.any(String),
      signedInAtMs: expect.any(Number),
    });
    expect((await app.inject({ url: '/china', headers })).json()).toMatchObject({ status: 401, code: 'unauthenticated' });
    await app.close();
  });

  it('makes staff admin for as long as they are on the list', async () => {
    const email = someone();
    scene.staff.push(email);
    const tokens = await signIn(scene, email);
    expect(tokens.account.role).toBe('admin');
    scene.staff.pop();
    expect((await refresh(tokens.refreshToken)).body).toMatchObject({ account: { role: 'customer' } });
  });
});

describe('a refresh token', () => {
  it('is traded for the next, again and again', async () => {
    let token = (await signIn(scene, someone())).refreshToken;
    for (let turn = 0; turn < 3; turn += 1) {
      const next = await refreshed(token);
      expect(next).not.toBe(token);
      token = next;
    }
  });

  it('gives its successor once more within the grace', async () => {
    const { refreshToken } = await signIn(scene, someone());
    const answers = await Promise.all([refreshed(refreshToken), refreshed(refreshToken), refreshed(refreshToken)]);
    expect(new Set(answers).size).toBe(1);
    await age(9);
    expect(await refreshed(refreshToken)).toBe(answers[0]);
  });

  it('twice at once, again and again, has one successor each time, and the session goes on', async () => {
    let token = (await signIn(scene, someone())).refreshToken;
    for (let round = 0; round < ROUNDS; round += 1) {
      const [one, other] = await Promise.all([refreshed(token), refreshed(token)]);
      expect(one, `round ${round}`).toBe(other);
      expect(one).not.toBe(token);
      token = one;
    }
  }, 120_000);

  it('that comes back after the grace ends its whole session', async () => {
    const { refreshToken } = await signIn(scene, someone());
    const next = await refreshed(refreshToken);
    await age(11);
    expect(await refresh(refreshToken)).toMatchObject({ status: 401, body: { code: 'refresh_invalid' } });
    expect((await refresh(next)).status).toBe(401);
  });

  it('of another session is not touched by that', async () => {
    const email = someone();
    const [stolen, other] = [await signIn(scene, email), await signIn(scene, email)];
    await refreshed(stolen.refreshToken);
    await age(11);
    await refresh(stolen.refreshToken);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it('dies when nobody uses it, and with its session', async () => {
    const { refreshToken } = await signIn(scene, someone());
    await sql`UPDATE auth.refresh_token SET expires_at = now() WHERE rotated_at IS NULL`.execute(scene.database.db);
    expect((await refresh(refreshToken)).status).toBe(401);
    const later = await signIn(scene, someone());
    await sql`UPDATE auth.session SET expires_at = now()`.execute(scene.database.db);
    expect((await refresh(later.refreshToken)).status).toBe(401);
  });

  it('is not in the database', async () => {
    const { refreshToken } = await signIn(scene, someone());
    const { rows } = await sql<{ row: string }>`SELECT t::text AS row FROM auth.refresh_token t`.execute(scene.database.db);
    const hex = Buffer.from(refreshToken, 'base64url').toString('hex');
    expect(rows.filter(({ row }) => row.includes(refreshToken) || row.includes(hex))).toEqual([]);
  });

  it.each(['', 'nonsense', 'x'.repeat(201)])('is not %j', async (token) => {
    expect([400, 401]).toContain((await refresh(token)).status);
  });
});

describe('a cookie', () => {
  const cookieOf = (headers: Readonly<Record<string, unknown>>): string => String(headers['set-cookie']);

  it('carries the refresh token where it is asked for, out of reach of scripts', async () => {
    const given = await askForCode(scene, someone());
    const { body, headers } = await scene.post('/v1/auth/tokens', { ...given, delivery: 'cookie' });
    expect(body).not.toHaveProperty('refreshToken');
    const cookie = cookieOf(headers);
    for (const part of ['madeinworld_refresh_world=', 'Path=/', 'HttpOnly', 'SameSite=Strict', 'Secure']) expect(cookie).toContain(part);
    const sent = { cookie: cookie.slice(0, cookie.indexOf(';')) };
    const next = await scene.post('/v1/auth/tokens/refresh', undefined, sent);
    expect(next.status).toBe(200);
    // A script that asks for the token in the body does not get what the cookie keeps from it.
    const asked = await scene.post('/v1/auth/tokens/refresh', { delivery: 'body' }, sent);
    expect(asked.body).not.toHaveProperty('refreshToken');
    const out = await scene.post('/v1/auth/sign-out', undefined, sent);
    expect(out.status).toBe(204);
    expect(cookieOf(out.headers)).toContain('madeinworld_refresh_world=;');
    expect((await scene.post('/v1/auth/tokens/refresh', undefined, sent)).status).toBe(401);
  });

  it('is wanted where no token is given', async () => {
    expect(await scene.post('/v1/auth/tokens/refresh', undefined)).toMatchObject({ status: 401, body: { code: 'refresh_invalid' } });
  });
});

describe('signing out', () => {
  it('ends the session, and may be repeated', async () => {
    const { refreshToken } = await signIn(scene, someone());
    expect((await scene.post('/v1/auth/sign-out', { refreshToken })).status).toBe(204);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await scene.post('/v1/auth/sign-out', { refreshToken })).status).toBe(204);
  });
});
