/**
 * Goal: a passkey signs in whoever holds it, once for each challenge, on our pages alone. The authenticator is the test's own, with real keys and signatures.
 * Planted once: a challenge that is not taken away, a counter that is not kept, an owner that is not compared, verification that is not asked for.
 */
import { sql } from 'kysely';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Tokens } from '#contracts/auth.ts';
import { Factor, Factors, SecondFactorWanted } from '#contracts/factors.ts';
import { CreationOptions, RequestOptions } from '#contracts/webauthn.ts';

import { type Authenticator, createAuthenticator, type Deviation, ORIGIN, RP_ID } from '../testing/authenticator.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { askForCode, signIn } from '../testing/sign-in.ts';

const limits = { codesPerAddress: 1_000 };
let scene: Scene;
let serial = 0;
const someone = (): string => `keyholder-${(serial += 1)}@example.com`;

beforeAll(async () => {
  scene = await openScene({ limits, staffSecondFactor: 'required', passkeys: { rpId: RP_ID, origins: ['https://panel.example', ORIGIN] } });
});
afterAll(() => scene.close());

async function creationOptions(token: string) {
  return Value.Parse(CreationOptions, (await scene.send('POST', '/v1/auth/passkeys/options', { token })).body);
}
const add = (token: string, credential: unknown, label?: string) =>
  scene.send('POST', '/v1/auth/passkeys', { token, body: { credential, ...(label === undefined ? {} : { label }) } });
async function requestOptions() {
  return Value.Parse(RequestOptions, (await scene.post('/v1/auth/passkey-sign-in/options', undefined)).body);
}
const signInWith = (credential: unknown) => scene.post('/v1/auth/passkey-sign-in', { credential });

/** Somebody with a passkey. */
async function registered(email = someone()): Promise<{ email: string; id: string; token: string; key: Authenticator }> {
  const { accessToken: token, account } = await signIn(scene, email);
  const key = createAuthenticator();
  expect((await add(token, key.create(await creationOptions(token)))).status).toBe(201);
  return { email, id: account.id, token, key };
}

describe('a passkey', () => {
  it('is made for the account, on this site, and can be found without a name', async () => {
    const { accessToken: token, account } = await signIn(scene, someone());
    const options = await creationOptions(token);
    expect(options).toMatchObject({
      rp: { id: RP_ID },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    });
    expect(Buffer.from(options.user.id, 'base64url').toString('hex')).toBe(account.id.replaceAll('-', ''));
    const answer = await add(token, createAuthenticator().create(options), 'Work phone');
    expect(Value.Parse(Factor, answer.body)).toMatchObject({ kind: 'passkey', label: 'Work phone', lastUsedAt: null });
    expect((await creationOptions(token)).excludeCredentials).toHaveLength(1);
  });

  it('that comes or goes is in the log of its account', async () => {
    const { id, token } = await registered();
    const kinds = async () => {
      const { rows } = await sql<{ kind: string; detail: unknown }>`
        SELECT kind, detail FROM auth.security_event WHERE account_id = ${id} AND kind LIKE 'factor%' ORDER BY at`.execute(
        scene.database.db,
      );
      return rows;
    };
    const factor = { factor: 'passkey' };
    expect(await kinds()).toEqual([{ kind: 'factor_added', detail: factor }]);
    const { factors } = Value.Parse(Factors, (await scene.send('GET', '/v1/auth/factors', { token })).body);
    expect((await scene.send('DELETE', `/v1/auth/factors/${factors[0]?.id}`, { token })).status).toBe(204);
    expect(await kinds()).toEqual([
      { kind: 'factor_added', detail: factor },
      { kind: 'factor_removed', detail: factor },
    ]);
  });

  it('signs in its owner, again and again', async () => {
    const { id, key } = await registered();
    for (let n = 0; n < 2; n += 1) {
      const options = await requestOptions();
      expect(options).toMatchObject({ rpId: RP_ID, userVerification: 'required' });
      expect(options.allowCredentials ?? []).toEqual([]);
      const answer = await signInWith(key.get(options));
      expect(Value.Parse(Tokens, answer.body).account).toEqual({ id, role: 'customer', region: 'world' });
    }
    const { rows } = await sql<{ detail: unknown }>`
      SELECT detail FROM auth.security_event WHERE account_id = ${id} AND kind = 'sign_in' ORDER BY at DESC LIMIT 1`.execute(
      scene.database.db,
    );
    expect(rows[0]?.detail).toMatchObject({ method: 'passkey' });
  });

  it('leaves its customer the mailbox as a way in', async () => {
    const { email, id } = await registered();
    expect((await signIn(scene, email)).account.id).toBe(id);
  });

  it('that was removed signs in nobody', async () => {
    const { token, key } = await registered();
    const { rows } = await sql<{ id: string }>`SELECT id FROM auth.passkey ORDER BY created_at DESC LIMIT 1`.execute(scene.database.db);
    expect((await scene.send('DELETE', `/v1/auth/factors/${rows[0]?.id}`, { token })).status).toBe(204);
    expect((await signInWith(key.get(await requestOptions()))).status).toBe(401);
  });

  it('of a disabled account signs in nobody', async () => {
    const { id, key } = await registered();
    await sql`UPDATE auth.account SET disabled_at = now() WHERE id = ${id}`.execute(scene.database.db);
    expect(await signInWith(key.get(await requestOptions()))).toMatchObject({ status: 403, body: { code: 'account_disabled' } });
  });
});

describe('what a passkey has signed is refused', () => {
  const refused = { status: 401, body: { code: 'passkey_invalid' } };

  it('a second time, also when both come at once', async () => {
    const { key } = await registered();
    // As passkeys do that are kept in step over several devices: they count nothing, so the challenge alone tells.
    await sql`UPDATE auth.passkey SET counter = 0`.execute(scene.database.db);
    const signed = key.get(await requestOptions(), { counter: 0 });
    const answers = await Promise.all([signInWith(signed), signInWith(signed), signInWith(signed)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401]);
    expect(await signInWith(signed)).toMatchObject(refused);
  });

  it.each<[string, Deviation]>([
    ['of another origin', { origin: 'https://shop.example.evil.example' }],
    ['of the origin by http', { origin: 'http://shop.example' }],
    ['for another domain', { rpId: 'evil.example' }],
    ['without its user verified', { userVerified: false }],
    ['in a frame of another site', { crossOrigin: true }],
    ['as something else than a sign-in', { type: 'webauthn.create' }],
    ['in the name of somebody else', { userHandle: 'W2-MDn1VSsGLVyt8HiydEA' }],
  ])('%s', async (_what, deviation) => {
    const { key, id } = await registered();
    expect(await signInWith(key.get(await requestOptions(), deviation))).toMatchObject(refused);
    // It was this deviation, and nothing else.
    expect((await signInWith(key.get(await requestOptions()))).status).toBe(200);
    const { rows } = await sql`SELECT FROM auth.security_event WHERE account_id = ${id} AND kind = 'sign_in_failed'`.execute(
      scene.database.db,
    );
    expect(rows).toHaveLength(1);
  });

  it('with a counter that has gone back, or stands still: there is a copy', async () => {
    const { key } = await registered();
    expect((await signInWith(key.get(await requestOptions(), { counter: 10 }))).status).toBe(200);
    for (const counter of [9, 10, 0]) expect(await signInWith(key.get(await requestOptions(), { counter }))).toMatchObject(refused);
    expect((await signInWith(key.get(await requestOptions(), { counter: 11 }))).status).toBe(200);
  });

  it('for a challenge that is over, none of ours, or given out for something else', async () => {
    const { key, token } = await registered();
    const options = await requestOptions();
    await sql`UPDATE auth.ceremony SET expires_at = now()`.execute(scene.database.db);
    expect(await signInWith(key.get(options))).toMatchObject(refused);
    expect(await signInWith(key.get({ ...options, challenge: Buffer.from('of somebody else').toString('base64url') }))).toMatchObject(
      refused,
    );
    const { challenge } = await creationOptions(token);
    expect(await signInWith(key.get({ ...options, challenge }))).toMatchObject(refused);
  });

  it('by a key that nobody knows, or with a signature that was changed', async () => {
    const { key } = await registered();
    const stranger = createAuthenticator();
    expect(await signInWith(stranger.get(await requestOptions(), { userHandle: 'W2-MDn1VSsGLVyt8HiydEA' }))).toMatchObject(refused);
    const signed = key.get(await requestOptions());
    const forged = { ...signed, response: { ...signed.response, signature: stranger.get(await requestOptions()).response.signature } };
    expect(await signInWith(forged)).toMatchObject(refused);
    expect(await signInWith({ ...signed, response: { ...signed.response, clientDataJSON: 'bm90IGpzb24' } })).toMatchObject(refused);
  });
});

describe('a passkey is not taken', () => {
  const refused = { status: 401, body: { code: 'passkey_invalid' } };

  it.each<[string, Deviation]>([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another domain', { rpId: 'evil.example' }],
    ['without its user verified', { userVerified: false }],
    ['from a frame', { crossOrigin: true }],
    [
      'with a statement about its make',
      {
        attestation: new Map<string, unknown>([
          ['fmt', 'packed'],
          ['attStmt', new Map([['x5c', []]])],
        ]),
      },
    ],
  ])('%s', async (_what, deviation) => {
    const { accessToken: token } = await signIn(scene, someone());
    expect(await add(token, createAuthenticator().create(await creationOptions(token), deviation))).toMatchObject(refused);
  });

  it('twice, nor by another account, nor for a challenge that was used', async () => {
    const { accessToken: token } = await signIn(scene, someone());
    const other = await signIn(scene, someone());
    const key = createAuthenticator();
    const made = key.create(await creationOptions(token));
    // The challenge is another's, and stays theirs: nobody spoils it.
    expect(await add(other.accessToken, made)).toMatchObject(refused);
    expect((await add(token, made)).status).toBe(201);
    expect(await add(token, made)).toMatchObject(refused);
    expect(await add(token, key.create(await creationOptions(token)))).toMatchObject({ status: 409 });
    expect(await add(other.accessToken, key.create(await creationOptions(other.accessToken)))).toMatchObject({ status: 409 });
  });

  it('in a session of yesterday', async () => {
    const { accessToken: token } = await signIn(scene, someone());
    const made = createAuthenticator().create(await creationOptions(token));
    await sql`UPDATE auth.session SET created_at = now() - interval '1 day'`.execute(scene.database.db);
    expect(await add(token, made)).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    expect((await scene.send('POST', '/v1/auth/passkeys/options', { token })).status).toBe(403);
  });
});

describe('staff with a passkey', () => {
  async function staffed() {
    const email = someone();
    scene.staff.push(email);
    return registered(email);
  }
  async function challengeOf(email: string) {
    const answer = await scene.post('/v1/auth/tokens', await askForCode(scene, email));
    return Value.Parse(SecondFactorWanted, answer.body).secondFactor;
  }
  const optionsOf = async (challengeId: string) =>
    Value.Parse(RequestOptions, (await scene.post('/v1/auth/tokens/second-factor/options', { challengeId })).body);
  const answer = (challengeId: string, passkey: unknown) => scene.post('/v1/auth/tokens/second-factor', { challengeId, passkey });

  it('signs in by it alone, for it is two factors', async () => {
    const { key } = await staffed();
    expect((await signInWith(key.get(await requestOptions()))).body).toMatchObject({ account: { role: 'admin' } });
  });

  it('is asked for it after a code, by the names of its own', async () => {
    const { email, key } = await staffed();
    const { challengeId, kinds } = await challengeOf(email);
    expect(kinds).toEqual(['passkey']);
    const options = await optionsOf(challengeId);
    const signed = key.get(options);
    expect(options.allowCredentials?.map(({ id }) => id)).toEqual([signed.id]);
    expect((await answer(challengeId, signed)).body).toMatchObject({ account: { role: 'admin' } });
    expect((await answer(challengeId, key.get(options))).status).toBe(401);
  });

  it("is not let in by somebody else's, nor by what was signed for another challenge", async () => {
    const [one, other] = [await staffed(), await staffed()];
    const first = await challengeOf(one.email);
    expect((await answer(first.challengeId, other.key.get(await optionsOf(first.challengeId)))).status).toBe(401);
    expect((await answer(first.challengeId, one.key.get(await requestOptions()))).status).toBe(401);
    const second = await challengeOf(one.email);
    expect((await answer(first.challengeId, one.key.get(await optionsOf(second.challengeId)))).status).toBe(401);
    expect((await answer(first.challengeId, one.key.get(await optionsOf(first.challengeId)))).status).toBe(200);
    const again = await scene.post('/v1/auth/tokens/second-factor/options', { challengeId: first.challengeId });
    expect(again).toMatchObject({ status: 401, body: { code: 'second_factor_over' } });
  });
});

it('where passkeys are not set up, there are none', async () => {
  const bare = await openScene({ limits });
  const { accessToken: token } = await signIn(bare, someone());
  const made = createAuthenticator();
  const creation = { challenge: 'eA', rp: { name: 'x' }, user: { id: 'eA', name: 'x', displayName: '' }, pubKeyCredParams: [] };
  expect((await bare.send('POST', '/v1/auth/passkeys/options', { token })).status).toBe(404);
  expect((await bare.send('POST', '/v1/auth/passkeys', { token, body: { credential: made.create(creation) } })).status).toBe(404);
  expect((await bare.post('/v1/auth/passkey-sign-in/options', undefined)).status).toBe(404);
  expect((await bare.post('/v1/auth/passkey-sign-in', { credential: made.get({ challenge: 'eA' }) })).status).toBe(404);
  await bare.close();
});
