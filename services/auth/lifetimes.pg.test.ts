/**
 * Goal: nothing lasts longer than it is said to (ASVS 6.5.5, 7.3.1, 7.3.2), and nobody holds more than they should. Method: what the service writes down is read in the
 * database, whose clock decides. Planted once each: a longer life of each kind, a freshness of a day, passkeys without number.
 */
import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DEVICE_HEADER } from '#contracts/auth.ts';
import { TotpEnrolment } from '#contracts/factors.ts';
import { CreationOptions } from '#contracts/webauthn.ts';

import { createAuthenticator, ORIGIN, RP_ID } from './testing/authenticator.ts';
import { openScene, type Scene } from './testing/scene.ts';
import { askForCode, signIn } from './testing/sign-in.ts';
import { totpAt } from './testing/totp-app.ts';

let scene: Scene;
let serial = 0;
const someone = (): string => `lasting-${(serial += 1)}@example.com`;
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

beforeAll(async () => {
  scene = await openScene({ limits: { codesPerAddress: 100 }, passkeys: { rpId: RP_ID, origins: [ORIGIN] } });
});
afterAll(() => scene.close());

/** How many seconds the youngest row of `table` has yet, of those that were made at most a minute ago. */
async function secondsLeft(table: string, column = 'expires_at'): Promise<number> {
  const { rows } = await scene.database.pool.query<{ left: string | null }>(
    `SELECT max(extract(epoch FROM ${column} - now())) AS left FROM auth.${table}`,
  );
  return Number(rows[0]?.left ?? 0);
}
const enrol = async (token: string): Promise<string> => {
  const { secret } = Value.Parse(TotpEnrolment, (await scene.send('POST', '/v1/auth/factors/totp', { token })).body);
  expect(
    (await scene.send('POST', '/v1/auth/factors/totp/confirmation', { token, body: { code: totpAt(secret, Date.now()) } })).status,
  ).toBe(204);
  return secret;
};
const options = async (token: string) =>
  Value.Parse(CreationOptions, (await scene.send('POST', '/v1/auth/passkeys/options', { token })).body);

describe('what begins now is over after', () => {
  it.each([
    ['a code', 'challenge', 10 * MINUTE_SECONDS],
    ['a second factor that is asked for', 'factor_challenge', 5 * MINUTE_SECONDS],
    ['what a passkey is to sign', 'ceremony', 5 * MINUTE_SECONDS],
    ['a session, however busy', 'session', 30 * DAY_SECONDS],
    ['a refresh token that nobody uses', 'refresh_token', 7 * DAY_SECONDS],
  ])('%s (auth.%s): %i s', async (_what, table, seconds) => {
    const email = someone();
    const { accessToken } = await signIn(scene, email);
    await options(accessToken);
    await enrol(accessToken);
    expect((await scene.post('/v1/auth/tokens', await askForCode(scene, email))).body).toHaveProperty('secondFactor');
    const left = await secondsLeft(table);
    expect(left).toBeLessThanOrEqual(seconds);
    expect(left).toBeGreaterThan(seconds - MINUTE_SECONDS);
  });

  it.each([
    ['codes:client:%', 10 * MINUTE_SECONDS],
    ['codes:address:%', 10 * MINUTE_SECONDS],
    ['codes:device:%', 10 * MINUTE_SECONDS],
    ['tokens:client:%', 10 * MINUTE_SECONDS],
    ['passkeys:client:%', 10 * MINUTE_SECONDS],
    ['texts:client:%', 10 * MINUTE_SECONDS],
    ['codes:day:%', DAY_SECONDS],
  ])('a count of %s: %i s', async (bucket, seconds) => {
    await scene.database.pool.query('DELETE FROM auth.throttle');
    const { deviceToken = '' } = await signIn(scene, someone());
    await scene.post('/v1/auth/codes', { email: someone() }, { [DEVICE_HEADER]: deviceToken });
    await scene.post('/v1/auth/codes', { phone: '+447700900188' });
    await scene.post('/v1/auth/passkey-sign-in/options', undefined);
    const { rows } = await sql<{ left: string }>`
      SELECT extract(epoch FROM ends_at - now()) AS left FROM auth.throttle WHERE bucket LIKE ${bucket}`.execute(scene.database.db);
    expect(rows.length).toBeGreaterThan(0);
    for (const { left } of rows) {
      expect(Number(left)).toBeLessThanOrEqual(seconds);
      expect(Number(left)).toBeGreaterThan(seconds - MINUTE_SECONDS);
    }
  });
});

it('windows that are over are forgotten along with requests', async () => {
  await scene.database.pool.query(`INSERT INTO auth.throttle (bucket, hits, ends_at) VALUES ('old', 1, now() - interval '1 second')`);
  await askForCode(scene, someone());
  const { rows } = await scene.database.pool.query(`SELECT FROM auth.throttle WHERE bucket = 'old'`);
  expect(rows).toEqual([]);
});

it.each([
  [9, 201],
  [11, 403],
])('a sign-in of %i minutes ago is answered %i where factors are changed', async (minutes, status) => {
  const { accessToken: token } = await signIn(scene, someone());
  await scene.database.pool.query('UPDATE auth.session SET created_at = now() - make_interval(mins => $1)', [minutes]);
  expect((await scene.send('POST', '/v1/auth/factors/totp', { token })).status).toBe(status);
});

it('an account has twenty passkeys at most, however many it began to make at once', async () => {
  const { accessToken: token, account } = await signIn(scene, someone());
  const made = await Promise.all(Array.from({ length: 3 }, async () => createAuthenticator().create(await options(token))));
  const insert = `INSERT INTO auth.passkey (id, account_id, credential_id, public_key, counter, transports, label)
    SELECT gen_random_uuid(), $1, decode(md5($2 || n), 'hex'), '\\x00', 0, '{}', 'one of many' FROM generate_series(1, $3) n`;
  await scene.database.pool.query(insert, [account.id, randomUUID(), 19]);
  const answers = await Promise.all(made.map((credential) => scene.send('POST', '/v1/auth/passkeys', { token, body: { credential } })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  expect(await scene.send('POST', '/v1/auth/passkeys/options', { token })).toMatchObject({ status: 409, body: { code: 'already_exists' } });
});
