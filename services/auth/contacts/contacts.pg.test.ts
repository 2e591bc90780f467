import { randomUUID } from 'node:crypto';

/**
 * Goal: an account gets a mail address or a number by proof alone, of somebody who has just signed in; each has one account; and who had it before is told.
 * Planted once each: a code to sign in with that proves a contact and the other way round, a challenge of another account, an attempt that is not counted, an error
 * of the unique index that is let through, an answer about whose it is before the proof, a last contact that goes, a session that is left, no word to the old
 * address, and a sign-in of any age.
 */
import { sql } from 'kysely';
import pg from 'pg';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CodeRequested, DEVICE_HEADER } from '#contracts/auth.ts';
import { createLogger } from '#platform/log.ts';

import { buildAuthApp } from '../app.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { anotherCode, askForCode, signIn } from '../testing/sign-in.ts';

let scene: Scene;
let serial = 0;
const lines: string[] = [];
const log = createLogger({ level: 'trace', region: 'world', destination: { write: (line: string) => void lines.push(line) } });
const someone = (): string => `reached-${(serial += 1)}@example.com`;
const somePhone = (): string => `+447700900${String((serial += 1)).padStart(3, '0')}`;

beforeAll(async () => {
  scene = await openScene({ log, limits: { codesPerAddress: 20, codesPerPhone: 20, codesPerPhoneADay: 20 } });
});
afterAll(() => scene.close());

const bodyFor = (address: string) => (address.startsWith('+') ? { phone: address } : { email: address });
/** Asks for a code for what is to be a contact, and reads it where it comes. */
async function claim(token: string, address: string): Promise<{ challengeId: string; code: string }> {
  const answer = await scene.send('POST', '/v1/auth/contacts', { token, body: bodyFor(address) });
  expect(answer.status).toBe(202);
  const text = address.startsWith('+') ? scene.texts.at(-1)?.parameters['code'] : scene.mails.at(-1)?.text;
  return { challengeId: Value.Parse(CodeRequested, answer.body).challengeId, code: /^\d{8}$/m.exec(text ?? '')?.[0] ?? '' };
}
const confirm = (token: string, body: unknown) => scene.send('POST', '/v1/auth/contacts/confirm', { token, body });
const remove = (token: string, kind: string) => scene.send('DELETE', `/v1/auth/contacts/${kind}`, { token });
const contactsOf = async (token: string) => (await scene.send('GET', '/v1/auth/contacts', { token })).body;
const withBoth = async () => {
  const [email, phone] = [someone(), somePhone()];
  const { accessToken: token, account, refreshToken } = await signIn(scene, email);
  expect((await confirm(token, await claim(token, phone))).status).toBe(200);
  return { email, phone, token, refreshToken, id: account.id };
};
const eventsOf = async (accountId: string) =>
  (
    await sql<{ kind: string; detail: unknown }>`
    SELECT kind, detail FROM auth.security_event WHERE account_id = ${accountId} AND kind LIKE 'contact%' ORDER BY at`.execute(
      scene.database.db,
    )
  ).rows;
/** What is told while `work` is done, and to whom. */
async function toldBy(work: () => Promise<unknown>): Promise<string[]> {
  const [mails, texts] = [scene.mails.length, scene.texts.length];
  await work();
  return [
    ...scene.mails.slice(mails).map(({ to, subject }) => `${to}: ${subject}`),
    ...scene.texts.slice(texts).map(({ to, template }) => `${to}: ${template}`),
  ];
}

describe('an account', () => {
  it('gets a number, signs in by both, and hears of it', async () => {
    const [email, phone] = [someone(), somePhone()];
    const { accessToken: token, account, refreshToken } = await signIn(scene, email);
    expect(await contactsOf(token)).toEqual({ email, phone: null });
    const given = await claim(token, phone);
    expect(scene.texts.at(-1)).toMatchObject({ to: phone, template: 'contact-code.en' });
    expect(await contactsOf(token)).toEqual({ email, phone: null });
    const told = await toldBy(async () => expect(await confirm(token, given)).toMatchObject({ status: 200, body: { email, phone } }));
    expect(told).toEqual([`${email}: Your account has changed`]);
    expect(await contactsOf(token)).toEqual({ email, phone });
    expect((await signIn(scene, phone)).account.id).toBe(account.id);
    expect((await signIn(scene, email)).account.id).toBe(account.id);
    expect(await eventsOf(account.id)).toEqual([{ kind: 'contact_added', detail: { contact: 'phone' } }]);
    // Nothing was taken from anybody: the other sessions stay.
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken })).status).toBe(200);
  });

  it('that came by number gets a mail address, in its one spelling', async () => {
    const [email, phone] = [someone(), somePhone()];
    const { accessToken: token } = await signIn(scene, phone);
    expect(await confirm(token, await claim(token, email.toUpperCase()))).toMatchObject({ status: 200, body: { email, phone } });
  });

  it('changes its number: the old one is told, opens nothing, and the other sessions end', async () => {
    const { email, phone, token, id } = await withBoth();
    const other = await signIn(scene, phone);
    const pending = await askForCode(scene, phone);
    const next = somePhone();
    const given = await claim(token, next);
    const told = await toldBy(async () => expect((await confirm(token, given)).status).toBe(200));
    expect(told).toEqual([`${email}: Your account has changed`, `${phone}: contact-changed.en`]);
    expect(scene.texts.at(-1)?.text).not.toContain(next);
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken: other.refreshToken })).status).toBe(401);
    expect((await scene.post('/v1/auth/tokens', pending)).status).toBe(401);
    expect((await signIn(scene, next)).account.id).toBe(id);
    expect((await signIn(scene, phone)).account.id).not.toBe(id);
    expect((await eventsOf(id)).at(-1)).toEqual({ kind: 'contact_changed', detail: { contact: 'phone' } });
  });

  it("has devices that are known by both: their share of codes is nobody else's", async () => {
    const strict = await openScene({ limits: { codesPerAddress: 3, codesPerPhone: 2 } });
    const [email, phone] = [someone(), somePhone()];
    const { account } = await signIn(strict, email);
    await sql`UPDATE auth.account SET phone = ${phone} WHERE id = ${account.id}`.execute(strict.database.db);
    const { deviceToken = '' } = await signIn(strict, email);
    expect((await signIn(strict, phone, { [DEVICE_HEADER]: deviceToken })).deviceToken).toBe(deviceToken);
    for (const address of [email, phone]) {
      const ask = (headers = {}) => strict.post('/v1/auth/codes', bodyFor(address), headers);
      const sent = () => strict.mails.length + strict.texts.length;
      await ask();
      await ask();
      const before = sent();
      await ask();
      expect(sent()).toBe(before);
      await ask({ [DEVICE_HEADER]: deviceToken });
      expect(sent()).toBe(before + 1);
    }
    await strict.close();
  });

  it('that proves what it has already is as it was', async () => {
    const { email, phone, token, id } = await withBoth();
    const given = await claim(token, phone);
    expect(await toldBy(async () => expect(await confirm(token, given)).toMatchObject({ status: 200, body: { email, phone } }))).toEqual(
      [],
    );
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('is changed though nobody can be told', async () => {
    const { email, phone, token } = await withBoth();
    const next = someone();
    const given = await claim(token, next);
    lines.length = 0;
    scene.mailServer.down = true;
    const told = await toldBy(async () => expect((await confirm(token, given)).status).toBe(200));
    scene.mailServer.down = false;
    expect(told).toEqual([`${phone}: contact-changed.en`]);
    expect(lines.join('')).toContain('nobody was told');
    for (const address of [email, next, phone.slice(1)]) expect(lines.join('')).not.toContain(address);
  });

  it('removes one of two and keeps the last', async () => {
    const { email, phone, token, id } = await withBoth();
    const other = await signIn(scene, email);
    const told = await toldBy(async () => expect((await remove(token, 'phone')).status).toBe(204));
    expect(told).toEqual([`${email}: Your account has changed`, `${phone}: contact-changed.en`]);
    expect(await contactsOf(token)).toEqual({ email, phone: null });
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken: other.refreshToken })).status).toBe(401);
    expect(await remove(token, 'phone')).toMatchObject({ status: 404 });
    expect(await remove(token, 'email')).toMatchObject({ status: 409, body: { code: 'last_contact' } });
    expect((await signIn(scene, phone)).account.id).not.toBe(id);
    expect((await eventsOf(id)).at(-1)).toEqual({ kind: 'contact_removed', detail: { contact: 'phone' } });
  });

  it('keeps the one when the other is removed at the same time', async () => {
    const { token, id } = await withBoth();
    const client = new pg.Client({ connectionString: scene.region.urls.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('UPDATE auth.account SET email = NULL WHERE id = $1', [id]);
    const removing = remove(token, 'phone');
    const waiting = async () =>
      (await client.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).rowCount;
    await expect.poll(waiting).toBe(1);
    await client.query('COMMIT');
    await client.end();
    expect(await removing).toMatchObject({ status: 409, body: { code: 'last_contact' } });
  });

  it('is exported and forgotten with both, and with what waits to be proved', async () => {
    const { email, phone, token, id } = await withBoth();
    await askForCode(scene, email);
    await askForCode(scene, phone);
    await claim(token, somePhone());
    const users = await scene.region.open('users');
    expect((await users.pool.query('SELECT auth.export_of($1) AS held', [id])).rows).toMatchObject([{ held: { email, phone } }]);
    // The account, what it signed in with and what proved its number, and three that wait.
    expect((await users.pool.query('SELECT auth.erase($1)', [id])).rows).toEqual([{ erase: 6 }]);
    const left = await sql`SELECT FROM auth.challenge WHERE email = ${email} OR phone = ${phone} OR account_id = ${id}`.execute(
      scene.database.db,
    );
    expect(left.rows).toEqual([]);
  });
});

describe('a code for a contact', () => {
  it('signs nobody in, and one to sign in with proves no contact', async () => {
    const { accessToken: token } = await signIn(scene, someone());
    const phone = somePhone();
    const given = await claim(token, phone);
    expect(await scene.post('/v1/auth/tokens', given)).toMatchObject({ status: 401, body: { code: 'code_invalid' } });
    expect(await confirm(token, await askForCode(scene, phone))).toMatchObject({ status: 401, body: { code: 'code_invalid' } });
    // Not even where it is taken for one of the other kind, as the release before takes it.
    const taken = await claim(token, phone);
    await sql`UPDATE auth.challenge SET account_id = NULL WHERE id = ${taken.challengeId}`.execute(scene.database.db);
    expect((await scene.post('/v1/auth/tokens', taken)).status).toBe(401);
    expect((await confirm(token, given)).status).toBe(200);
  });

  it('is of use to the account alone that asked for it', async () => {
    const [one, other] = [await signIn(scene, someone()), await signIn(scene, someone())];
    const given = await claim(one.accessToken, somePhone());
    expect((await confirm(other.accessToken, given)).status).toBe(401);
    expect((await confirm(one.accessToken, given)).status).toBe(200);
  });

  it('works once, also at the same time', async () => {
    const { accessToken: token, account } = await signIn(scene, someone());
    const given = await claim(token, somePhone());
    const answers = await Promise.all(Array.from({ length: 5 }, () => confirm(token, given)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401]);
    expect(await eventsOf(account.id)).toHaveLength(1);
  });

  it('dies with the fifth wrong attempt', async () => {
    const { accessToken: token } = await signIn(scene, someone());
    const { challengeId, code } = await claim(token, somePhone());
    await Promise.all(Array.from({ length: 5 }, () => confirm(token, { challengeId, code: anotherCode(code) })));
    expect((await confirm(token, { challengeId, code })).status).toBe(401);
  });
});

describe('what belongs to another account', () => {
  it('is told of after the proof alone', async () => {
    const { phone } = await withBoth();
    const { accessToken: token, account } = await signIn(scene, someone());
    const shape = async (address: string) => {
      scene.statements.length = 0;
      const { status, body, headers } = await scene.send('POST', '/v1/auth/contacts', { token, body: bodyFor(address) });
      return [status, Object.keys(body ?? {}), Object.keys(headers).toSorted(), [...scene.statements]];
    };
    expect(await shape(phone)).toEqual(await shape(somePhone()));
    const { challengeId, code } = await claim(token, phone);
    expect(await confirm(token, { challengeId, code: anotherCode(code) })).toMatchObject({ status: 401, body: { code: 'code_invalid' } });
    scene.statements.length = 0;
    const told = await toldBy(async () =>
      expect(await confirm(token, { challengeId, code })).toMatchObject({ status: 409, body: { code: 'contact_taken' } }),
    );
    expect(told).toEqual([]);
    // The database was not brought to refuse it, and to quote it in its log.
    expect(scene.statements.length).toBeGreaterThan(3);
    expect(scene.statements.filter((statement) => /^UPDATE auth\.account SET "phone"|^ROLLBACK TO/.test(statement))).toEqual([]);
    // The code is used up by that.
    expect((await confirm(token, { challengeId, code })).status).toBe(401);
    expect(await eventsOf(account.id)).toEqual([]);
  });

  it.each(['phone', 'email'])('is of one of many that prove it at the same time: %s', async (kind) => {
    const address = kind === 'phone' ? somePhone() : someone();
    const claims: { token: string; given: { challengeId: string; code: string } }[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { accessToken: token } = await signIn(scene, kind === 'phone' ? someone() : somePhone());
      claims.push({ token, given: await claim(token, address) });
    }
    const signing = await askForCode(scene, address);
    const [signedIn, ...answers] = await Promise.all([
      scene.post('/v1/auth/tokens', signing),
      ...claims.map(({ token, given }) => confirm(token, given)),
    ]);
    // Signing in makes an account of it, or finds whose it has just become, or has its code taken away by nobody.
    expect(signedIn.status).toBe(200);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { rows } = await sql`SELECT FROM auth.account WHERE phone = ${address} OR email = ${address}`.execute(scene.database.db);
    expect(rows).toHaveLength(1);
  });

  it('is of one of two accounts that prove it at the same time, which the other is told', async () => {
    const phone = somePhone();
    const [one, other] = [await signIn(scene, someone()), await signIn(scene, someone())];
    const claims = [
      { token: one.accessToken, given: await claim(one.accessToken, phone) },
      { token: other.accessToken, given: await claim(other.accessToken, phone) },
    ];
    const answers = await Promise.all(claims.map(({ token, given }) => confirm(token, given)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});

describe('who may', () => {
  it('is who has signed in within ten minutes', async () => {
    const { email, phone, token, id } = await withBoth();
    const given = await claim(token, somePhone());
    await sql`UPDATE auth.session SET created_at = now() - interval '11 minutes' WHERE account_id = ${id}`.execute(scene.database.db);
    const answers = [
      await scene.send('POST', '/v1/auth/contacts', { token, body: bodyFor(somePhone()) }),
      await confirm(token, given),
      await remove(token, 'phone'),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    expect(await contactsOf(token)).toEqual({ email, phone });
  });

  it('is nobody without a session', async () => {
    expect((await scene.send('GET', '/v1/auth/contacts')).status).toBe(401);
    expect((await scene.send('POST', '/v1/auth/contacts', { body: bodyFor(somePhone()) })).status).toBe(401);
    expect((await scene.send('DELETE', '/v1/auth/contacts/phone')).status).toBe(401);
  });

  it('is somebody with a mail address alone where no text messages are sent', async () => {
    const { token } = await withBoth();
    const app = await buildAuthApp({ ...scene.deps, sms: undefined });
    const asked = async (body: object) =>
      (
        await app.inject({
          method: 'POST',
          url: '/v1/auth/contacts',
          headers: { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() },
          payload: body,
        })
      ).statusCode;
    expect([await asked(bodyFor(somePhone())), await asked(bodyFor(someone()))]).toEqual([422, 202]);
    await app.close();
  });
});

it('a number of which too many codes were asked for is sent none, and that is not told', async () => {
  const strict = await openScene({ limits: { codesPerPhone: 1 } });
  const { accessToken: token } = await signIn(strict, someone());
  const phone = somePhone();
  for (const count of [1, 1]) {
    expect((await strict.send('POST', '/v1/auth/contacts', { token, body: { phone } })).status).toBe(202);
    expect(strict.texts).toHaveLength(count);
  }
  await strict.close();
});
