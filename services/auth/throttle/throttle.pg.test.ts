/**
 * Goal: who asks too often is held up, by address, by account and by device; nobody can lock somebody else out; and nobody learns who has an account. Planted
 * once: a device that is known to every account, an insert where there is no account alone, addresses counted whole, devices counted by address, a digest without the pepper.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { deviceCookieOf, DEVICE_HEADER } from '#contracts/auth.ts';

import { anotherCode, askForCode, signIn } from '../testing/sign-in.ts';
import { openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let serial = 0;
const someone = (): string => `asker-${(serial += 1)}@example.com`;
const SHARE = 3;

beforeAll(async () => {
  scene = await openScene({ limits: { codesPerAddress: SHARE, requestsPerClient: 40, requestsPerDevice: 6 } });
});
afterAll(() => scene.close());

const asking = (email: string, headers: Readonly<Record<string, string>> = {}) =>
  scene.post('/v1/auth/codes', { email }, { 'x-forwarded-for': `198.51.100.${(serial += 1) % 250}`, ...headers });
/** How many mails `ask` has sent. */
async function mailsOf(ask: () => Promise<unknown>): Promise<number> {
  const before = scene.mails.length;
  await ask();
  return scene.mails.length - before;
}
async function exhaust(email: string): Promise<void> {
  for (let n = 0; n <= SHARE; n += 1) expect((await asking(email)).status).toBe(202);
  expect(await mailsOf(() => asking(email))).toBe(0);
}
async function deviceOf(email: string): Promise<string> {
  const { deviceToken } = await signIn(scene, email, { 'x-forwarded-for': `198.51.100.${(serial += 1) % 250}` });
  return deviceToken ?? '';
}

describe('an account', () => {
  it('is sent its share by strangers, and its own devices have theirs besides', async () => {
    const email = someone();
    const token = await deviceOf(email);
    await exhaust(email);
    expect(await mailsOf(() => asking(email, { [DEVICE_HEADER]: token }))).toBe(1);
    expect(await mailsOf(() => asking(email, { cookie: `${deviceCookieOf('world')}=${token}` }))).toBe(1);
    expect(await mailsOf(() => asking(email, { [DEVICE_HEADER]: token }))).toBe(1);
    expect(await mailsOf(() => asking(email, { [DEVICE_HEADER]: token }))).toBe(0);
  });

  it('has one share for a device, whatever stands behind what proves it', async () => {
    const email = someone();
    const token = await deviceOf(email);
    const spellings = [token, ...['A', 'B', 'C', 'D'].map((letter) => token + letter.repeat(22)), `${token}A`];
    let sent = 0;
    for (const spelling of spellings) sent += await mailsOf(() => asking(email, { [DEVICE_HEADER]: spelling }));
    expect(sent).toBe(SHARE);
  });

  it('has devices that have five shares together, however often one becomes known', async () => {
    const email = someone();
    const tokens: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      await scene.database.pool.query('DELETE FROM auth.throttle');
      tokens.push(await deviceOf(email));
    }
    await scene.database.pool.query('DELETE FROM auth.throttle');
    let sent = 0;
    for (const token of tokens) {
      for (let n = 0; n < SHARE; n += 1) sent += await mailsOf(() => asking(email, { [DEVICE_HEADER]: token }));
    }
    expect(sent).toBe(5 * SHARE);
    // Strangers, and with them the owner's new device, have theirs.
    expect(await mailsOf(() => asking(email))).toBe(1);
  });

  it.each([
    ['sub-addresses', (n: number) => `sub${n % 2 === 0 ? '' : `+${n}`}+tag@example.com`],
    [
      'spellings of the domain',
      (n: number) => `idn@${['bücher.example', 'xn--bcher-kva.example', 'BÜCHER.example', 'bu\u0308cher.example'][n] ?? ''}`,
    ],
  ])('is one mailbox: %s have one share', async (_what, spelling) => {
    let sent = 0;
    for (let n = 0; n <= SHARE; n += 1) sent += await mailsOf(() => asking(spelling(n)));
    expect(sent).toBe(SHARE);
  });

  it('has no more challenges that could be guessed than codes that were sent', async () => {
    const email = someone();
    await exhaust(email);
    const { rows } = await sql<{ live: number; dead: number }>`
      SELECT count(*) FILTER (WHERE attempts = 0)::int AS live, count(*) FILTER (WHERE attempts >= 5)::int AS dead FROM auth.challenge WHERE email = ${email}`.execute(
      scene.database.db,
    );
    expect(rows).toEqual([{ live: SHARE, dead: 2 }]);
  });

  it.each([
    ['of another account', (_token: string, other: string) => other],
    ['that was changed', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['with another number', (token: string) => `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`],
    ['that is none', () => 'abc'],
    ['that is not even text of ours', () => 'a b"c'],
  ])('is not opened by a device token %s', async (_what, forge) => {
    const email = someone();
    const [token, other] = [await deviceOf(email), await deviceOf(someone())];
    await exhaust(email);
    expect(await mailsOf(() => asking(email, { [DEVICE_HEADER]: forge(token, other) }))).toBe(0);
  });
});

describe('a device', () => {
  it('that says which it is may ask only so often, from wherever', async () => {
    const token = await deviceOf(someone());
    for (let n = 0; n < 6; n += 1) expect((await asking(someone(), { [DEVICE_HEADER]: token })).status).toBe(202);
    expect(await asking(someone(), { [DEVICE_HEADER]: token })).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    // Exchanges are counted by themselves.
    const given = { challengeId: '00000000-0000-4000-8000-000000000000', code: '12345678' };
    expect((await scene.post('/v1/auth/tokens', given, { [DEVICE_HEADER]: token })).status).toBe(401);
    expect((await asking(someone())).status).toBe(202);
  });

  it('keeps its token over sign-ins, and in a browser out of reach of scripts', async () => {
    const email = someone();
    const first = await scene.post('/v1/auth/tokens', { ...(await askForCode(scene, email)), delivery: 'cookie' });
    expect(first.body).not.toHaveProperty('deviceToken');
    const cookie = [first.headers['set-cookie']].flat().find((one) => String(one).startsWith(deviceCookieOf('world')));
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Max-Age=34560000']) expect(String(cookie)).toContain(part);
    const token = /=([\w-]+);/.exec(String(cookie))?.[1] ?? '';
    expect((await signIn(scene, email, { [DEVICE_HEADER]: token })).deviceToken).toBe(token);
    expect((await signIn(scene, someone(), { [DEVICE_HEADER]: token })).deviceToken).not.toBe(token);
    expect(
      (await scene.post('/v1/auth/tokens/refresh', undefined, { cookie: String(first.headers['set-cookie']).split(';')[0] ?? '' })).body,
    ).not.toHaveProperty('deviceToken');
  });
});

describe('a client', () => {
  it('is counted by its network, in every process alike', async () => {
    const from = (address: string) => asking(someone(), { 'x-forwarded-for': address });
    const statuses: number[] = [];
    for (let n = 0; n < 41; n += 1) statuses.push((await from(`2001:db8:0:7::${n.toString(16)}`)).status);
    expect(statuses.slice(0, 40).every((status) => status === 202)).toBe(true);
    expect(statuses[40]).toBe(429);
    expect((await from('2001:db8:0:8::1')).status).toBe(202);
    const { rows } = await scene.database.pool.query('SELECT bucket FROM auth.throttle');
    expect(JSON.stringify(rows)).not.toContain('2001:db8');
  });

  it('is counted by its site besides: who is given 65,536 networks of IPv6 has twenty shares, not as many', async () => {
    const own = await openScene({ limits: { requestsPerClient: 2, textsPerClient: 1 } });
    let asked = 0;
    const text = (address: string) =>
      own.post('/v1/auth/codes', { phone: `+4477009${String((asked += 1)).padStart(5, '0')}` }, { 'x-forwarded-for': address });
    const exchange = (address: string) =>
      own.post(
        '/v1/auth/tokens',
        { challengeId: '00000000-0000-4000-8000-000000000000', code: '12345678' },
        { 'x-forwarded-for': address },
      );
    for (const [ask, statusOfTaken, most] of [
      [text, 202, 20],
      [exchange, 401, 40],
    ] as const) {
      for (let n = 0; n < most; n += 1) expect((await ask(`2001:db8:a:${n.toString(16)}::1`)).status).toBe(statusOfTaken);
      expect(await ask('2001:db8:a:fff::1')).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
      expect((await ask('2001:db8:b::1')).status).toBe(statusOfTaken);
      for (const address of ['192.0.2.1', '192.0.2.2']) expect((await ask(address)).status).toBe(statusOfTaken);
    }
    await own.close();
  });

  it('cannot be tried out by who has the table without the pepper', async () => {
    const other = await openScene();
    const ask = async (of: Scene): Promise<string[]> => {
      await of.database.pool.query('DELETE FROM auth.throttle');
      const headers = { 'x-forwarded-for': '203.0.113.77', [DEVICE_HEADER]: 'a-device' };
      expect((await of.post('/v1/auth/codes', { email: 'the-same@example.com' }, headers)).status).toBe(202);
      expect((await of.post('/v1/auth/codes', { phone: '+447700900177' }, headers)).status).toBe(202);
      const { rows } = await of.database.pool.query<{ bucket: string }>('SELECT bucket FROM auth.throttle ORDER BY bucket');
      return rows.map(({ bucket }) => bucket);
    };
    const [ours, theirs] = [await ask(scene), await ask(other)];
    const kinds = (buckets: readonly string[]) => new Set(buckets.map((bucket) => bucket.replace(/:[^:]+$/, '')));
    expect(kinds(ours)).toEqual(new Set(['codes:client', 'codes:device', 'codes:address', 'codes:day', 'texts:client']));
    expect(kinds(theirs)).toEqual(kinds(ours));
    // Of the same client, device, address and number: only the pepper is another.
    expect(ours.filter((bucket) => theirs.includes(bucket))).toEqual([]);
    await other.close();
  });
});

describe('whether there is an account', () => {
  /** The statements that `work` has caused, without their values. */
  async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    scene.statements.length = 0;
    await work();
    return [...scene.statements];
  }

  it('is told by no statement more or less: asking for a code', async () => {
    const [known, unknown] = [someone(), someone()];
    await signIn(scene, known);
    const one = await statementsOf(() => asking(known));
    expect(one.length).toBeGreaterThan(3);
    expect(await statementsOf(() => asking(unknown))).toEqual(one);
  });

  it('nor by a wrong code, nor by a right one', async () => {
    const [known, unknown] = [someone(), someone()];
    await signIn(scene, known);
    const given = [await askForCode(scene, known), await askForCode(scene, unknown)] as const;
    const wrong = given.map(
      ({ challengeId, code }) =>
        () =>
          scene.post('/v1/auth/tokens', { challengeId, code: anotherCode(code) }),
    );
    expect(await statementsOf(wrong[1]!)).toEqual(await statementsOf(wrong[0]!));
    const right = given.map((one) => () => scene.post('/v1/auth/tokens', one));
    expect(await statementsOf(right[1]!)).toEqual(await statementsOf(right[0]!));
  });

  it('is not told by an answer either', async () => {
    const known = someone();
    await signIn(scene, known);
    const shape = async (email: string) => {
      const { challengeId, code } = await askForCode(scene, email);
      const { status, body } = await scene.post('/v1/auth/tokens', { challengeId, code: anotherCode(code) });
      return [status, { ...(body as object), correlationId: '' }];
    };
    expect(await shape(someone())).toEqual(await shape(known));
  });
});
