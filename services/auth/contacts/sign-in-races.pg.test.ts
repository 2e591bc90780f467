/**
 * Goal: who proved a contact or a factor that is the account's no more gets no session, however close the two come; nor by the factor that was asked for after it. And a
 * session that has been ended changes neither any more.
 * Method: a second app on the same database, which stops between the proof and the session until the contact has been changed over the first one; then both at once,
 * many times. Planted once each: a session whose generation is not compared, a challenge that keeps none, open challenges that are not ended, a challenge that is
 * inserted whatever the generation.
 */
import { sql } from 'kysely';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CodeRequested, Tokens } from '#contracts/auth.ts';
import { Factors, SecondFactorWanted, TotpEnrolment } from '#contracts/factors.ts';
import { CreationOptions, RequestOptions } from '#contracts/webauthn.ts';
import type { App } from '#platform/app.ts';
import { systemClock } from '#platform/clock.ts';

import { buildAuthApp } from '../app.ts';
import { redeemCode } from '../codes/service.ts';
import { signInAfterCode } from '../second-factor/service.ts';
import { createAuthenticator, ORIGIN, RP_ID } from '../testing/authenticator.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { askForCode, signIn } from '../testing/sign-in.ts';
import { totpAt } from '../testing/totp-app.ts';

const ROUNDS = 20;
const STEP_MS = 30_000;
let scene: Scene;
/** On the same database. It stops where it reads the pepper for the time that `around` says. */
let slow: App;
let stop: { readonly reached: () => void; readonly gone: Promise<void>; readonly at: number } | undefined;
let reads = 0;
let serial = 0;
let nowMs = Date.now();
const someone = (): string => `race-${(serial += 1)}@example.com`;
const somePhone = (): string => `+4477009${String((serial += 1)).padStart(5, '0')}`;

beforeAll(async () => {
  const limits = { codesPerAddress: 1_000, codesPerPhone: 1_000, codesPerPhoneADay: 1_000 };
  scene = await openScene({ limits, passkeys: { rpId: RP_ID, origins: [ORIGIN] }, clock: { ...systemClock, now: () => nowMs } });
  slow = await buildAuthApp({
    ...scene.deps,
    secrets: {
      ...scene.deps.secrets,
      async pepper() {
        reads += 1;
        if (stop !== undefined && reads === stop.at) {
          stop.reached();
          await stop.gone;
        }
        return scene.deps.secrets.pepper();
      },
    },
  });
});
afterAll(async () => {
  await slow.close();
  await scene.close();
});

interface Stopped {
  readonly method?: 'POST' | 'DELETE';
  readonly token?: string;
  /** At which reading of the pepper it stops: the second of a sign-in is after the proof, and before the session. */
  readonly at?: number;
}

/** Sends a request to the slow app, does `meanwhile` when it has stopped, and answers what the request came to. */
async function around(url: string, payload: object | undefined, meanwhile: () => Promise<unknown>, stopped: Stopped = {}) {
  const { method = 'POST', token, at = 2 } = stopped;
  reads = 0;
  let go = (): void => undefined;
  const gone = new Promise<void>((resolve) => (go = resolve));
  const reached = new Promise<void>((resolve) => (stop = { reached: resolve, gone, at }));
  const answering = slow.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  await reached;
  stop = undefined;
  await meanwhile();
  go();
  const { statusCode, body } = await answering;
  return { status: statusCode, body: (body === '' ? {} : JSON.parse(body)) as { code?: string } };
}

/** Somebody with a mail address and a number, and the session in which they mend their account. */
async function owner() {
  const email = someone();
  const { accessToken: token, account } = await signIn(scene, email);
  const phone = somePhone();
  await setContact(token, phone);
  return { email, phone, token, id: account.id };
}
async function claimContact(token: string, address: string) {
  const isNumber = address.startsWith('+');
  const asked = await scene.send('POST', '/v1/auth/contacts', { token, body: isNumber ? { phone: address } : { email: address } });
  const text = isNumber ? scene.texts.at(-1)?.parameters['code'] : scene.mails.at(-1)?.text;
  return { challengeId: Value.Parse(CodeRequested, asked.body).challengeId, code: /^\d{8}$/m.exec(text ?? '')?.[0] ?? '' };
}
const confirmContact = (token: string, body: unknown) => scene.send('POST', '/v1/auth/contacts/confirm', { token, body });
async function setContact(token: string, address: string): Promise<void> {
  expect((await confirmContact(token, await claimContact(token, address))).status).toBe(200);
}
const removeContact = (token: string, kind: 'email' | 'phone') => scene.send('DELETE', `/v1/auth/contacts/${kind}`, { token });
/** The sessions of an account that are not over. */
const sessionsOf = async (id: string): Promise<number> =>
  (await sql`SELECT FROM auth.session WHERE account_id = ${id} AND revoked_at IS NULL`.execute(scene.database.db)).rows.length;

/** An authenticator app for the account; the clock is past the step that confirmed it. */
async function enrol(token: string): Promise<string> {
  const { secret } = Value.Parse(TotpEnrolment, (await scene.send('POST', '/v1/auth/factors/totp', { token })).body);
  const confirmation = { token, body: { code: totpAt(secret, nowMs) } };
  expect((await scene.send('POST', '/v1/auth/factors/totp/confirmation', confirmation)).status).toBe(204);
  nowMs += STEP_MS;
  return secret;
}
const challengeOf = async (address: string): Promise<string> =>
  Value.Parse(SecondFactorWanted, (await scene.post('/v1/auth/tokens', await askForCode(scene, address))).body).secondFactor.challengeId;

describe('between a code and its session', () => {
  it.each([
    ['is replaced', async (token: string) => setContact(token, someone())],
    ['is removed', async (token: string) => removeContact(token, 'email')],
  ])('the contact %s: there is no session', async (_, change) => {
    const { email, token, id } = await owner();
    const given = await askForCode(scene, email);
    const answer = await around('/v1/auth/tokens', given, () => change(token));
    expect([answer.status, answer.body.code]).toEqual([401, 'code_invalid']);
    expect(await sessionsOf(id)).toBe(1);
    const { rows } = await sql`SELECT detail FROM auth.security_event WHERE account_id = ${id} AND kind = 'sign_in_failed'`.execute(
      scene.database.db,
    );
    expect(rows).toEqual([{ detail: { reason: 'changed' } }]);
  });

  it('a contact is added that was not there: what was proved is still theirs', async () => {
    const email = someone();
    const { accessToken: token, account } = await signIn(scene, email);
    const answer = await around('/v1/auth/tokens', await askForCode(scene, email), () => setContact(token, somePhone()));
    expect(answer.status).toBe(200);
    expect(await sessionsOf(account.id)).toBe(2);
  });

  it('nothing changes: there is a session', async () => {
    const { email, id } = await owner();
    expect((await around('/v1/auth/tokens', await askForCode(scene, email), async () => undefined)).status).toBe(200);
    expect(await sessionsOf(id)).toBe(2);
  });
});

describe('a factor that was asked for after a code', () => {
  it('is asked for in vain once the contact is another, or removed', async () => {
    for (const change of [(token: string) => setContact(token, someone()), (token: string) => removeContact(token, 'email')]) {
      const { email, token, id } = await owner();
      const secret = await enrol(token);
      const challengeId = await challengeOf(email);
      await change(token);
      const { rows } = await sql`SELECT FROM auth.factor_challenge WHERE account_id = ${id} AND used_at IS NULL`.execute(scene.database.db);
      expect(rows).toEqual([]);
      const answer = await scene.post('/v1/auth/tokens/second-factor', { challengeId, totp: totpAt(secret, nowMs) });
      expect(answer).toMatchObject({ status: 401, body: { code: 'second_factor_over' } });
      expect(await sessionsOf(id)).toBe(1);
    }
  });

  it('starts no session where the contact is replaced after its proof', async () => {
    const { email, token, id } = await owner();
    const secret = await enrol(token);
    const given = { challengeId: await challengeOf(email), totp: totpAt(secret, nowMs) };
    const answer = await around('/v1/auth/tokens/second-factor', given, () => setContact(token, someone()));
    expect([answer.status, answer.body.code]).toEqual([401, 'second_factor_over']);
    expect(await sessionsOf(id)).toBe(1);
  });

  it('is not asked for where the contact was replaced after the code', async () => {
    const { email, token, id } = await owner();
    await enrol(token);
    const given = await askForCode(scene, email);
    const deps = { ...scene.deps, signingKey: () => Promise.reject(new Error('no token is to be signed')) };
    const client = { address: '203.0.113.7', device: 'Unknown device', deviceToken: undefined };
    const reached = await redeemCode(deps, given, client);
    await setContact(token, someone());
    await expect(signInAfterCode(deps, reached, client)).rejects.toMatchObject({ code: 'code_invalid' });
    expect((await sql`SELECT FROM auth.factor_challenge WHERE account_id = ${id}`.execute(scene.database.db)).rows).toEqual([]);
  });
});

describe('a factor that is taken away after it was proved', () => {
  const factorOf = async (token: string): Promise<string> =>
    Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token })).body).factors[0]?.id ?? '';
  const remove = async (token: string) => {
    expect((await scene.send('DELETE', `/v1/auth/factors/${await factorOf(token)}`, { token })).status).toBe(204);
  };
  const reset = async (_token: string, id: string) => {
    const { accessToken: token } = await signIn(scene, 'ada@madeinworld.example');
    expect((await scene.send('DELETE', `/v1/auth/accounts/${id}/factors`, { token })).status).toBe(204);
  };

  it.each([
    ['by its owner', remove, 1],
    ['by an administrator', reset, 0],
  ])('%s: an app starts no session', async (_, takeAway, left) => {
    const { email, token, id } = await owner();
    const secret = await enrol(token);
    const given = { challengeId: await challengeOf(email), totp: totpAt(secret, nowMs) };
    const answer = await around('/v1/auth/tokens/second-factor', given, () => takeAway(token, id), { at: 3 });
    expect([answer.status, answer.body.code]).toEqual([401, 'second_factor_over']);
    expect(await sessionsOf(id)).toBe(left);
  });

  it.each([
    ['by its owner', remove, 1],
    ['by an administrator', reset, 0],
  ])('%s: a passkey starts no session', async (_, takeAway, left) => {
    const { token, id } = await owner();
    const key = createAuthenticator();
    const made = key.create(Value.Parse(CreationOptions, (await scene.send('POST', '/v1/auth/passkeys/options', { token })).body));
    expect((await scene.send('POST', '/v1/auth/passkeys', { token, body: { credential: made } })).status).toBe(201);
    const options = Value.Parse(RequestOptions, (await scene.post('/v1/auth/passkey-sign-in/options', undefined)).body);
    const answer = await around('/v1/auth/passkey-sign-in', { credential: key.get(options) }, () => takeAway(token, id));
    expect([answer.status, answer.body.code]).toEqual([401, 'passkey_invalid']);
    expect(await sessionsOf(id)).toBe(left);
  });
});

describe('a session that is ended while it changes the account', () => {
  /** What the thief's session is about to do; the request, as it is sent. */
  const attempts = {
    'adds a passkey': async (token: string) => {
      const key = createAuthenticator();
      const options = Value.Parse(CreationOptions, (await scene.send('POST', '/v1/auth/passkeys/options', { token })).body);
      return { url: '/v1/auth/passkeys', payload: { credential: key.create(options) } };
    },
    'confirms an app': async (token: string) => {
      const { secret } = Value.Parse(TotpEnrolment, (await scene.send('POST', '/v1/auth/factors/totp', { token })).body);
      return { url: '/v1/auth/factors/totp/confirmation', payload: { code: totpAt(secret, nowMs) } };
    },
    'replaces the address': async (token: string) => ({
      url: '/v1/auth/contacts/confirm',
      payload: await claimContact(token, someone()),
    }),
    'removes the address': async () => ({ url: '/v1/auth/contacts/email', method: 'DELETE' as const, payload: undefined }),
  };

  it.each(Object.entries(attempts))('changes nothing: it %s', async (_, attempt) => {
    const { email, token, id } = await owner();
    const { accessToken: stolen } = await signIn(scene, email);
    const { url, payload, ...rest } = await attempt(stolen);
    const stateOf = async () =>
      (
        await sql`SELECT a.email, a.phone, EXISTS (SELECT FROM auth.passkey p WHERE p.account_id = a.id) AS "hasPasskey",
          EXISTS (SELECT FROM auth.totp t WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL) AS "hasTotp"
        FROM auth.account a WHERE a.id = ${id}`.execute(scene.database.db)
      ).rows;
    const before = await stateOf();
    const end = async () => expect((await scene.send('DELETE', '/v1/auth/sessions', { token })).status).toBe(204);
    const answer = await around(url, payload, end, { ...rest, token: stolen, at: 1 });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(await stateOf()).toEqual(before);
    expect(await sessionsOf(id)).toBe(1);
  });

  it('removes no factor', async () => {
    const { email, token, id } = await owner();
    const secret = await enrol(token);
    const given = { challengeId: await challengeOf(email), totp: totpAt(secret, nowMs) };
    const { accessToken: stolen } = Value.Parse(Tokens, (await scene.post('/v1/auth/tokens/second-factor', given)).body);
    const { factors } = Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token })).body);
    const end = () => scene.send('DELETE', '/v1/auth/sessions', { token });
    const answer = await around(`/v1/auth/factors/${factors[0]?.id}`, undefined, end, { method: 'DELETE', token: stolen, at: 1 });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token })).body).factors).toHaveLength(1);
    expect(await sessionsOf(id)).toBe(1);
  });
});

it('at the same time, many times: no session of an old contact outlives the change', async () => {
  const outcomes = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const { email, token, id } = await owner();
    const given = [await askForCode(scene, email), await askForCode(scene, email), await askForCode(scene, email)];
    const claimed = await claimContact(token, someone());
    const [changed, ...answers] = await Promise.all([
      confirmContact(token, claimed),
      ...given.map((code) => scene.post('/v1/auth/tokens', code)),
    ]);
    expect(changed.status).toBe(200);
    for (const { status } of answers) outcomes.add(status);
    // A session that began before was ended by the change; whoever came after it is refused, or has an account of their own.
    expect(await sessionsOf(id)).toBe(1);
  }
  expect([...outcomes].every((status) => status === 200 || status === 401)).toBe(true);
});
