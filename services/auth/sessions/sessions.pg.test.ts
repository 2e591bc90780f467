/**
 * Goal: people see where they are signed in and end what they like of it, and nobody else's. Planted once: ending without the owner in the WHERE, a door that
 * believes signatures alone.
 */
import { decodeJwt } from 'jose';
import { sql } from 'kysely';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Session } from '#contracts/sessions.ts';
import { pageOf } from '#contracts/values.ts';

import { openScene, type Scene } from '../testing/scene.ts';
import { signIn } from '../testing/sign-in.ts';

let scene: Scene;
let serial = 0;
const someone = (): string => `member-${(serial += 1)}@example.com`;
const ADDRESS = '203.0.113.77';
const firefox = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0', 'x-forwarded-for': ADDRESS };

beforeAll(async () => {
  scene = await openScene({ limits: { codesPerAddress: 1_000, requestsPerClient: 10_000 } });
});
afterAll(() => scene.close());

async function listed(token: string, query = '') {
  const answer = await scene.send('GET', `/v1/auth/sessions${query}`, { token });
  return Value.Parse(pageOf(Session), answer.body);
}
const end = (token: string, id = '') => scene.send('DELETE', `/v1/auth/sessions${id === '' ? '' : `/${id}`}`, { token });
const isLive = async (refreshToken: string) => (await scene.post('/v1/auth/tokens/refresh', { refreshToken })).status === 200;
const sessionOf = (token: string) => String(decodeJwt(token)['sid']);

describe('the own sessions', () => {
  it('are listed, the newest first, with the device and which one asks, and no address', async () => {
    const email = someone();
    const one = await signIn(scene, email, firefox);
    const other = await signIn(scene, email);
    await signIn(scene, someone());
    const { items, total } = await listed(one.accessToken);
    expect(total).toBe(2);
    expect(items.map(({ id, device, current }) => [id, device, current])).toEqual([
      [sessionOf(other.accessToken), 'Unknown device', false],
      [sessionOf(one.accessToken), 'Firefox on Windows', true],
    ]);
    const { rows } = await sql<{ row: string }>`SELECT s::text AS row FROM auth.session s`.execute(scene.database.db);
    expect(rows.filter(({ row }) => row.includes(ADDRESS) || row.includes('Gecko'))).toEqual([]);
  });

  it('are the same after a refresh, used later', async () => {
    const { accessToken, refreshToken } = await signIn(scene, someone());
    const [before] = (await listed(accessToken)).items;
    const next = await scene.post('/v1/auth/tokens/refresh', { refreshToken });
    const [after] = (await listed(accessToken)).items;
    expect(sessionOf((next.body as { accessToken: string }).accessToken)).toBe(before?.id);
    expect(after!.lastUsedAt > before!.lastUsedAt).toBe(true);
    expect(after).toEqual({ ...before, lastUsedAt: after?.lastUsedAt });
  });

  it('are not those that nobody used for a week, that are past their time, or that have ended', async () => {
    const email = someone();
    const { accessToken } = await signIn(scene, email);
    for (let n = 0; n < 3; n += 1) await signIn(scene, email);
    const ids = (await listed(accessToken, '?sort=createdAt')).items.slice(1).map(({ id }) => id);
    const { db } = scene.database;
    await sql`UPDATE auth.session SET last_used_at = now() - interval '7 days' WHERE id = ${ids[0]}`.execute(db);
    await sql`UPDATE auth.session SET expires_at = now() WHERE id = ${ids[1]}`.execute(db);
    expect((await end(accessToken, ids[2])).status).toBe(204);
    expect((await listed(accessToken)).items.map(({ id }) => id)).toEqual([sessionOf(accessToken)]);
  });
});

describe('a session', () => {
  it('is ended by its owner: no refresh, and no request that auth itself answers', async () => {
    const email = someone();
    const [one, other] = [await signIn(scene, email), await signIn(scene, email)];
    expect((await end(one.accessToken, sessionOf(other.accessToken))).status).toBe(204);
    expect(await isLive(other.refreshToken)).toBe(false);
    expect(await scene.send('GET', '/v1/auth/sessions', { token: other.accessToken })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    expect(await isLive(one.refreshToken)).toBe(true);
    expect((await end(one.accessToken, sessionOf(other.accessToken))).status).toBe(404);
  });

  it('is not ended by anybody else, an administrator neither', async () => {
    const mine = await signIn(scene, someone());
    for (const stranger of [await signIn(scene, someone()), await signIn(scene, 'ada@madeinworld.example')]) {
      expect((await end(stranger.accessToken, sessionOf(mine.accessToken))).status).toBe(404);
    }
    expect(await isLive(mine.refreshToken)).toBe(true);
  });

  it('that asks stays when all others are ended, and each of them is in the log', async () => {
    const email = someone();
    const [one, two, three] = [await signIn(scene, email), await signIn(scene, email), await signIn(scene, email)];
    const stranger = await signIn(scene, someone());
    expect((await end(two.accessToken)).status).toBe(204);
    expect([await isLive(one.refreshToken), await isLive(two.refreshToken), await isLive(three.refreshToken)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(await isLive(stranger.refreshToken)).toBe(true);
    const { rows } = await sql<{ session_id: string }>`
      SELECT session_id FROM auth.security_event WHERE kind = 'session_ended' AND account_id = ${one.account.id}`.execute(
      scene.database.db,
    );
    expect(rows.map((row) => row.session_id).toSorted()).toEqual([one, three].map(({ accessToken }) => sessionOf(accessToken)).toSorted());
  });
});

describe('a role that was taken', () => {
  it('opens nothing in auth any more, though the token still says it', async () => {
    const email = someone();
    const { account } = await signIn(scene, email);
    await sql`UPDATE auth.account SET role = 'admin' WHERE id = ${account.id}`.execute(scene.database.db);
    const { accessToken: token } = await signIn(scene, email);
    expect((await scene.send('GET', '/v1/auth/accounts', { token })).status).toBe(200);
    await sql`UPDATE auth.account SET role = 'support' WHERE id = ${account.id}`.execute(scene.database.db);
    expect((await scene.send('GET', '/v1/auth/accounts', { token })).status).toBe(401);
  });
});
