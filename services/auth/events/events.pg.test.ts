/**
 * Goal: what happens to an account stands in the log, which nobody can change and which names nobody. Planted once: the trigger gone, an address in place of
 * its digest, a list that does not ask whose it is.
 */
import { sql } from 'kysely';
import pg from 'pg';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SecurityEvent } from '#contracts/security-events.ts';
import { pageOf } from '#contracts/values.ts';

import { openScene, type Scene } from '../testing/scene.ts';
import { anotherCode, askForCode, signIn } from '../testing/sign-in.ts';

let scene: Scene;
let serial = 0;
const someone = (): string => `witness-${(serial += 1)}@example.com`;
const from = (address: string) => ({ 'x-forwarded-for': address });

beforeAll(async () => {
  scene = await openScene({ limits: { codesPerAddress: 1_000, requestsPerClient: 10_000 } });
});
afterAll(() => scene.close());

async function listed(token: string, query = '') {
  const answer = await scene.send('GET', `/v1/auth/events${query}`, { token });
  expect(answer.headers['cache-control']).toBe('no-store');
  return Value.Parse(pageOf(SecurityEvent), answer.body);
}
const admin = async () => (await signIn(scene, 'ada@madeinworld.example')).accessToken;

describe('the log', () => {
  it('has what happened to an account, in order', async () => {
    const email = someone();
    const first = await signIn(scene, email);
    const { challengeId, code } = await askForCode(scene, email);
    await scene.post('/v1/auth/tokens', { challengeId, code: anotherCode(code) }, from('203.0.113.9'));
    const second = await signIn(scene, email);
    await scene.post('/v1/auth/sign-out', { refreshToken: first.refreshToken });
    await scene.post('/v1/auth/sign-out', { refreshToken: first.refreshToken });
    await scene.post('/v1/auth/tokens/refresh', { refreshToken: second.refreshToken });
    await sql`UPDATE auth.refresh_token SET rotated_at = rotated_at - interval '1 minute'`.execute(scene.database.db);
    await scene.post('/v1/auth/tokens/refresh', { refreshToken: second.refreshToken });
    const { accessToken } = await signIn(scene, email);
    const { items } = await listed(accessToken, '?sort=at');
    expect(items.map(({ kind }) => kind)).toEqual([
      'sign_in',
      'code_sent',
      'sign_in_failed',
      'code_sent',
      'sign_in',
      'sign_out',
      'refresh_reuse',
      'code_sent',
      'sign_in',
    ]);
    expect(items[0]).toMatchObject({ accountId: first.account.id, byStaff: false, detail: { method: 'code', device: 'Unknown device' } });
    expect(items[0]?.sessionId).toBe(items[5]?.sessionId);
    expect(items[2]).toMatchObject({ detail: { reason: 'code' } });
    // One machine is one digest, and another another.
    expect(items[2]?.client).not.toBe(items[1]?.client);
    expect(items[3]?.client).toBe(items[1]?.client);
  });

  it('has a failure that is about nobody', async () => {
    const token = await admin();
    const challengeId = '00000000-0000-4000-8000-000000000009';
    await scene.post('/v1/auth/tokens', { challengeId, code: '12345678' });
    const { items } = await listed(token, '?kind=sign_in_failed&limit=1');
    expect(items[0]).toMatchObject({ accountId: null, detail: { reason: 'code' } });
  });

  it('holds no address, no e-mail and no code', async () => {
    const email = someone();
    const { code } = await askForCode(scene, email);
    await signIn(scene, email, from('203.0.113.200'));
    const { rows } = await sql<{ row: string }>`SELECT e::text AS row FROM auth.security_event e`.execute(scene.database.db);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.filter(({ row }) => /@|203\.0\.113|127\.0\.0\.1/.test(row) || row.includes(code))).toEqual([]);
  });

  it('is shown whole to administrators, and to everybody else what is about themselves', async () => {
    const [mine, theirs] = [await signIn(scene, someone()), await signIn(scene, someone())];
    const token = await admin();
    await scene.send('GET', `/v1/auth/accounts/${mine.account.id}`, { token });
    const own = (await listed(mine.accessToken)).items;
    expect(own.every(({ accountId }) => accountId === mine.account.id)).toBe(true);
    // That staff looked is told, not who.
    expect(own[0]).toMatchObject({ kind: 'account_read', byStaff: true });
    expect(own[0]).not.toHaveProperty('actorId');
    const stranger = await scene.send('GET', `/v1/auth/events?accountId=${theirs.account.id}`, { token: mine.accessToken });
    expect(stranger).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await listed(token, `?accountId=${mine.account.id}`)).items[0]).toMatchObject({
      kind: 'account_read',
      actorId: expect.any(String),
    });
    const all = await listed(token, '?limit=200');
    expect(new Set(all.items.map(({ accountId }) => accountId)).size).toBeGreaterThan(2);
  });

  it('is paged by its cursor', async () => {
    const email = someone();
    for (let n = 0; n < 3; n += 1) await signIn(scene, email);
    const { accessToken: token } = await signIn(scene, email);
    const whole = (await listed(token)).items.map(({ id }) => id);
    const first = await listed(token, '?limit=1');
    const rest = await listed(token, `?limit=200&cursor=${first.pageInfo.nextCursor ?? ''}`);
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(whole);
  });
});

describe('nobody changes the log', () => {
  const change = [
    ['UPDATE', `UPDATE auth.security_event SET kind = 'sign_out'`],
    ['DELETE', 'DELETE FROM auth.security_event'],
    ['TRUNCATE', 'TRUNCATE auth.security_event'],
  ] as const;

  it.each(change)('the service by %s', async (_what, statement) => {
    await expect(scene.database.pool.query(statement)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('permission'),
    });
  });

  it.each(change)('nor who may everything by %s', async (_what, statement) => {
    const client = new pg.Client({ connectionString: scene.region.urls.url });
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501', message: 'security events are only added' });
    await client.end();
  });

  it('and what is older than it keeps is forgotten, no more', async () => {
    const client = new pg.Client({ connectionString: scene.region.urls.url });
    await client.connect();
    await client.query(
      "INSERT INTO auth.security_event (kind, at) SELECT 'code_sent', now() - make_interval(days => 401 - n) FROM generate_series(0, 2) n",
    );
    await client.end();
    await signIn(scene, someone());
    const { rows } = await sql<{ days: number }>`
      SELECT date_part('day', now() - at)::int AS days FROM auth.security_event WHERE at < now() - interval '1 day' ORDER BY at`.execute(
      scene.database.db,
    );
    expect(rows).toEqual([{ days: 399 }]);
  });
});
