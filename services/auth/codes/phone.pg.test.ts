import { randomUUID } from 'node:crypto';

/**
 * Goal: who asks for a code by text message is told nothing of anybody, costs no more than a number's share, and signs in as by mail. Planted once each: an insert
 * where there is no account alone, a number that is counted in the process, a refusal of the vendor that is answered, a day that counts what is not sent, a known
 * device with a day of its own, a message of the vendor's in the log, and a code that is looked up and marked without a lock.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { DEVICE_HEADER } from '#contracts/auth.ts';
import { createLogger } from '#platform/log.ts';
import { SmsNotTaken } from '#platform/sms/sms.ts';

import { buildAuthApp } from '../app.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { askForCode, signIn } from '../testing/sign-in.ts';

let scene: Scene;
let serial = 0;
/** Numbers of a range that Ofcom keeps for fiction. */
const somePhone = (): string => `+447700900${String((serial += 1)).padStart(3, '0')}`;
const lines: string[] = [];
const log = createLogger({ level: 'trace', region: 'world', destination: { write: (line: string) => void lines.push(line) } });
const PER_PHONE = 3;
const A_DAY = 5;

beforeAll(async () => {
  scene = await openScene({ log, limits: { codesPerPhone: PER_PHONE, codesPerPhoneADay: A_DAY } });
});
beforeEach(() => {
  scene.smsVendor.refuses = undefined;
});
afterAll(() => scene.close());

const ask = (phone: string, more: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}) =>
  scene.post('/v1/auth/codes', { phone, ...more }, headers);
async function textsOf(work: () => Promise<unknown>): Promise<number> {
  const before = scene.texts.length;
  await work();
  return scene.texts.length - before;
}
async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n += 1) await work();
}
/** Ten minutes later, and the day not over. */
const passWindow = () => sql`UPDATE auth.throttle SET ends_at = now() WHERE bucket NOT LIKE 'codes:day:%'`.execute(scene.database.db);
const without = (answer: Awaited<ReturnType<typeof ask>>) => {
  const { challengeId, ...body } = answer.body as Record<string, unknown>;
  return { status: answer.status, body, headers: Object.keys(answer.headers).sort(), challenge: typeof challengeId };
};

it('one client may have so many text messages sent, whatever the numbers, and as much mail as before', async () => {
  const few = await openScene({ limits: { textsPerClient: 2 } });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const askFew = (phone: string, address = '203.0.113.7') => few.post('/v1/auth/codes', { phone }, from(address));
  expect((await askFew(somePhone())).status).toBe(202);
  expect((await askFew(somePhone())).status).toBe(202);
  expect(await askFew(somePhone())).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^[1-9]/) } });
  expect(few.texts).toHaveLength(2);
  expect((await few.post('/v1/auth/codes', { email: 'ada@example.org' }, from('203.0.113.7'))).status).toBe(202);
  expect((await askFew(somePhone(), '198.51.100.7')).status).toBe(202);
  await few.close();
});

describe('a code by text message', () => {
  it('comes to the number, as text and as template, and is stored nowhere', async () => {
    const phone = somePhone();
    expect(await ask(phone)).toMatchObject({ status: 202, body: { challengeId: expect.any(String), expiresInSeconds: 600 } });
    const sms = scene.texts.at(-1);
    expect(sms).toMatchObject({
      to: phone,
      template: 'sign-in-code.en',
      parameters: { code: expect.stringMatching(/^\d{8}$/), minutes: '10' },
    });
    const code = sms?.parameters['code'] ?? 'none';
    expect(sms?.text).toContain(code);
    expect(sms?.text).toContain('region: world');
    expect(scene.mails.map(({ to }) => to)).not.toContain(phone);
    const { rows } = await sql<{ row: string }>`SELECT c::text AS row FROM auth.challenge c WHERE phone = ${phone}`.execute(
      scene.database.db,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain(code);
  });

  it.each([
    ['zh', { language: 'zh' }],
    ['en', {}],
  ])('is written in %s', async (language, more) => {
    await ask(somePhone(), more);
    expect(/\p{Script=Han}/u.test(scene.texts.at(-1)?.text ?? '')).toBe(language === 'zh');
    expect(scene.texts.at(-1)?.text).toContain(scene.texts.at(-1)?.parameters['code']);
  });

  it("is written in the region's language where nothing is said", async () => {
    const china = await openScene({ region: 'china' });
    await china.post('/v1/auth/codes', { phone: somePhone() });
    expect(china.texts.at(-1)?.text).toMatch(/中国区/);
    await china.close();
  });

  it('makes an account at its first exchange, and finds it from then on', async () => {
    const phone = somePhone();
    const first = await signIn(scene, phone);
    expect(first.account.role).toBe('customer');
    expect((await signIn(scene, phone)).account.id).toBe(first.account.id);
    const { rows } = await sql`SELECT email, phone FROM auth.account WHERE id = ${first.account.id}`.execute(scene.database.db);
    expect(rows).toEqual([{ email: null, phone }]);
  });

  it('signs in one of many that use it at the same time', async () => {
    const given = await askForCode(scene, somePhone());
    const answers = await Promise.all(Array.from({ length: 6 }, () => scene.post('/v1/auth/tokens', given)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('makes one account of two first exchanges at the same time', async () => {
    const phone = somePhone();
    const given = [await askForCode(scene, phone), await askForCode(scene, phone)];
    const answers = await Promise.all(given.map((one) => scene.post('/v1/auth/tokens', one)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(({ body }) => (body as { account: { id: string } }).account.id)).size).toBe(1);
  });

  it('is no role, whatever the staff list says', async () => {
    const phone = somePhone();
    scene.staff.push(phone);
    expect((await signIn(scene, phone)).account.role).toBe('customer');
  });
});

describe('a request', () => {
  it.each([
    {},
    { phone: '' },
    { phone: '447700900123' },
    { phone: '00447700900123' },
    { phone: '+0447700900123' },
    { phone: '+44 7700 900123' },
    { phone: '+44-7700-900123' },
    { phone: '+4477009' },
    { phone: '+4477009001234567' },
    { phone: '+44７７００９００１２３' },
    { phone: '+447700900123\n' },
    { phone: '+447700900123', language: 'fr' },
    { phone: '+447700900123', email: 'a@example.com' },
    { email: 'a@example.com', language: 'en' },
  ])('is refused: %j', async (body) => {
    expect(await textsOf(async () => expect((await scene.post('/v1/auth/codes', body)).status).toBe(400))).toBe(0);
  });

  it('is told what is wrong with what it has, and nothing of the other way', async () => {
    for (const [body, field] of [
      [{ email: 'x' }, 'email'],
      [{ phone: '1' }, 'phone'],
    ] as const) {
      const { errors } = (await scene.post('/v1/auth/codes', body)).body as { errors: { field: string }[] };
      expect(errors.map((error) => error.field)).toEqual([field]);
    }
  });

  it('is refused for every number alike where no text messages are sent, and leaves nothing', async () => {
    const known = somePhone();
    await signIn(scene, known);
    const app = await buildAuthApp({ ...scene.deps, sms: undefined });
    const answers = [];
    for (const phone of [known, somePhone()]) {
      const count = async () => (await sql`SELECT FROM auth.challenge`.execute(scene.database.db)).rows.length;
      const before = await count();
      const { statusCode, body } = await app.inject({
        method: 'POST',
        url: '/v1/auth/codes',
        headers: { 'idempotency-key': randomUUID() },
        payload: { phone },
      });
      expect([statusCode, JSON.parse(body)]).toMatchObject([422, { code: 'sms_unavailable' }]);
      answers.push({ ...(JSON.parse(body) as object), correlationId: '' });
      expect(await count()).toBe(before);
    }
    expect(answers[1]).toEqual(answers[0]);
    await app.close();
  });

  it('says that the vendor is away, in its own words and to nobody else', async () => {
    const phone = somePhone();
    for (const refusal of [new SmsNotTaken('ECONNREFUSED', undefined), new Error(`cannot send to ${phone}`)]) {
      lines.length = 0;
      scene.smsVendor.refuses = refusal;
      expect(await ask(phone)).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, body: { code: 'unavailable' } });
      expect(lines.join('')).toContain('the message was not taken');
      expect(lines.join('')).not.toContain(phone.slice(1));
    }
  });
});

describe('whether anybody has the number', () => {
  async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    scene.statements.length = 0;
    await work();
    return [...scene.statements];
  }

  it('is told by no statement more or less, asking and exchanging', async () => {
    const [known, unknown] = [somePhone(), somePhone()];
    await signIn(scene, known);
    const one = await statementsOf(() => ask(known));
    expect(one.length).toBeGreaterThan(4);
    expect(await statementsOf(() => ask(unknown))).toEqual(one);
    const [right, rightToo] = [await askForCode(scene, known), await askForCode(scene, unknown)];
    const other = await statementsOf(() => scene.post('/v1/auth/tokens', right));
    expect(await statementsOf(() => scene.post('/v1/auth/tokens', rightToo))).toEqual(other);
  });

  it('is told by no answer: known, unknown, too often, or where nothing is sent', async () => {
    const [known, busy] = [somePhone(), somePhone()];
    await signIn(scene, known);
    const answers = [await ask(known), await ask(somePhone())];
    await times(PER_PHONE, () => ask(busy));
    expect(await textsOf(async () => answers.push(await ask(busy)))).toBe(0);
    lines.length = 0;
    const elsewhere = somePhone();
    for (const code of ['country_not_allowed', 'isv.MOBILE_NUMBER_ILLEGAL', 'isv.BUSINESS_LIMIT_CONTROL']) {
      scene.smsVendor.refuses = new SmsNotTaken(code, undefined);
      answers.push(await ask(elsewhere));
      expect(lines.join('')).toContain(code);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(without(answer)))).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    // The operator is told why, and not of whom.
    expect(lines.join('')).not.toContain(elsewhere.slice(1));
  });
});

describe('a number', () => {
  it('is sent its share in ten minutes and its share in a day, in whatever process, and after a restart', async () => {
    const phone = somePhone();
    lines.length = 0;
    expect(await textsOf(() => times(PER_PHONE + 2, () => ask(phone)))).toBe(PER_PHONE);
    const restarted = await buildAuthApp(scene.deps);
    const again = () =>
      restarted.inject({ method: 'POST', url: '/v1/auth/codes', headers: { 'idempotency-key': randomUUID() }, payload: { phone } });
    expect(await textsOf(async () => expect((await again()).statusCode).toBe(202))).toBe(0);
    await passWindow();
    // What was not sent has taken nothing of the day.
    expect(await textsOf(() => times(PER_PHONE, () => again()))).toBe(A_DAY - PER_PHONE);
    await passWindow();
    expect(await textsOf(again)).toBe(0);
    await sql`UPDATE auth.throttle SET ends_at = now()`.execute(scene.database.db);
    expect(await textsOf(again)).toBe(1);
    await restarted.close();
    expect(lines.join('')).toContain('no code was sent');
    expect(lines.join('')).not.toContain(phone.slice(1));
    const { rows } = await sql`SELECT bucket FROM auth.throttle`.execute(scene.database.db);
    expect(JSON.stringify(rows)).not.toContain(phone.slice(1));
  });

  it('counts requests at the same time', async () => {
    const phone = somePhone();
    expect(await textsOf(() => Promise.all(Array.from({ length: 8 }, () => ask(phone))))).toBe(PER_PHONE);
  });

  it('keeps a share for its own devices, which they have together in a day', async () => {
    const phone = somePhone();
    const devices = [await signIn(scene, phone), await signIn(scene, phone)].map(({ deviceToken = '' }) => deviceToken);
    expect(new Set(devices).size).toBe(2);
    // Strangers take what is left of theirs.
    expect(await textsOf(() => times(A_DAY, () => ask(phone)))).toBe(PER_PHONE - devices.length);
    const sent: number[] = [];
    for (let round = 0; round < A_DAY + 2; round += 1) {
      await passWindow();
      sent.push(await textsOf(() => ask(phone, {}, { [DEVICE_HEADER]: devices[round % 2] ?? '' })));
    }
    expect(sent).toEqual([...Array.from({ length: A_DAY }, () => 1), 0, 0]);
  });
});
