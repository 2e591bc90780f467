import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { anotherCode, askForCode, signIn } from '../testing/sign-in.ts';
import { openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let serial = 0;
const someone = (): string => `someone-${(serial += 1)}@example.com`;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

describe('a code', () => {
  it('comes by mail, on a line of its own, with the region it is for, and is stored nowhere', async () => {
    const email = someone();
    const answer = await scene.post('/v1/auth/codes', { email });
    expect(answer).toMatchObject({ status: 202, body: { challengeId: expect.any(String), expiresInSeconds: 600 } });
    const mail = scene.mails.at(-1);
    expect(mail).toMatchObject({ to: email, subject: 'Your sign-in code' });
    expect(mail?.text).toMatch(/^Region: world$/m);
    const code = /^\d{8}$/m.exec(mail?.text ?? '')?.[0] ?? 'none';
    const { rows } = await sql<{ row: string }>`SELECT c::text AS row FROM auth.challenge c WHERE email = ${email}`.execute(
      scene.database.db,
    );
    expect(rows[0]?.row).not.toContain(code);
  });

  it('signs in once', async () => {
    const given = await askForCode(scene, someone());
    expect((await scene.post('/v1/auth/tokens', given)).status).toBe(200);
    expect(await scene.post('/v1/auth/tokens', given)).toMatchObject({ status: 401, body: { code: 'code_invalid' } });
  });

  it('signs in one of many that use it at the same time', async () => {
    const given = await askForCode(scene, someone());
    const answers = await Promise.all(Array.from({ length: 6 }, () => scene.post('/v1/auth/tokens', given)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('works for its own challenge alone', async () => {
    const one = await askForCode(scene, someone());
    const other = await askForCode(scene, someone());
    expect((await scene.post('/v1/auth/tokens', { challengeId: one.challengeId, code: other.code })).status).toBe(401);
  });

  it('dies with the fifth wrong attempt, also when they come at the same time', async () => {
    const { challengeId, code } = await askForCode(scene, someone());
    await Promise.all(Array.from({ length: 5 }, () => scene.post('/v1/auth/tokens', { challengeId, code: anotherCode(code) })));
    expect((await scene.post('/v1/auth/tokens', { challengeId, code })).status).toBe(401);
  });

  it('survives four wrong attempts', async () => {
    const { challengeId, code } = await askForCode(scene, someone());
    for (let attempt = 0; attempt < 4; attempt += 1) await scene.post('/v1/auth/tokens', { challengeId, code: anotherCode(code) });
    expect((await scene.post('/v1/auth/tokens', { challengeId, code })).status).toBe(200);
  });

  it('expires', async () => {
    const given = await askForCode(scene, someone());
    await sql`UPDATE auth.challenge SET expires_at = now() WHERE id = ${given.challengeId}`.execute(scene.database.db);
    expect((await scene.post('/v1/auth/tokens', given)).status).toBe(401);
  });

  it('is one of a challenge that exists', async () => {
    const challengeId = '00000000-0000-4000-8000-000000000000';
    expect((await scene.post('/v1/auth/tokens', { challengeId, code: '12345678' })).status).toBe(401);
  });
});

describe('asking for a code', () => {
  it('is answered alike for whoever has an account and whoever has none', async () => {
    const email = someone();
    const before = await scene.post('/v1/auth/codes', { email });
    await signIn(scene, email);
    const after = await scene.post('/v1/auth/codes', { email });
    const shape = ({ status, body, headers }: typeof before) => [status, Object.keys(body ?? {}), Object.keys(headers).sort()];
    expect(shape(after)).toEqual(shape(before));
  });

  it('sends one address no more than its share, and answers as ever', async () => {
    const email = someone();
    const before = scene.mails.length;
    for (let asked = 0; asked < 5; asked += 1) expect((await scene.post('/v1/auth/codes', { email })).status).toBe(202);
    expect(scene.mails.length - before).toBe(3);
    await sql`UPDATE auth.throttle SET ends_at = now()`.execute(scene.database.db);
    await scene.post('/v1/auth/codes', { email });
    expect(scene.mails.length - before).toBe(4);
  });

  it('makes no second account of another spelling', async () => {
    const email = someone();
    const one = await signIn(scene, email);
    const other = await signIn(scene, email.toUpperCase());
    expect(other.account.id).toBe(one.account.id);
  });

  it('says so when the mail is not taken', async () => {
    scene.mailServer.down = true;
    expect(await scene.post('/v1/auth/codes', { email: someone() })).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    scene.mailServer.down = false;
  });

  it.each([
    '',
    'x',
    'a@b',
    'a b@example.com',
    'a@example.com, b@example.com',
    'a\r\nbcc: b@example.com',
    '"a"@example.com',
    `${'a'.repeat(65)}@example.com`,
  ])('refuses %j as an address', async (email) => {
    expect((await scene.post('/v1/auth/codes', { email })).status).toBe(400);
  });
});

describe('one client', () => {
  it('may ask only so often, counted by the address that the front names', async () => {
    const strict = await openScene({ limits: { codesPerAddress: 100, requestsPerClient: 2 } });
    const from = (client: string) => strict.post('/v1/auth/codes', { email: someone() }, { 'x-forwarded-for': client });
    expect([(await from('192.0.2.1')).status, (await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual([202, 202, 202]);
    const refused = await from('192.0.2.1');
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await strict.close();
  });
});
