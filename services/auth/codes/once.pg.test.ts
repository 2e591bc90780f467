import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openScene, type Scene } from '../testing/scene.ts';
import { signIn } from '../testing/sign-in.ts';

let scene: Scene;
let serial = 0;
/** What the mail server waits for before it takes a mail. */
let gate: Promise<void> = Promise.resolve();
let handedOver = 0;
const mails: string[] = [];

beforeAll(async () => {
  scene = await openScene({
    limits: { codesPerAddress: 100 },
    mailer: {
      async send({ to, text }) {
        handedOver += 1;
        await gate;
        if (to.startsWith('refused')) throw new Error('connection refused');
        mails.push(to);
        scene.mails.push({ to, subject: '', text, html: '' });
      },
    },
  });
});
afterAll(() => scene.close());

const someone = (): string => `once-${(serial += 1)}@example.com`;
const mailsTo = (address: string) => mails.filter((to) => to === address).length;
const withKey = (key: string, more: Readonly<Record<string, string>> = {}) => ({ 'idempotency-key': key, ...more });
const ask = (email: string, key: string, more: Readonly<Record<string, string>> = {}) =>
  scene.post('/v1/auth/codes', { email }, withKey(key, more));

describe('a code that is asked for again under the same key', () => {
  it('is sent once, and its challenge answered once more', async () => {
    const [email, key] = [someone(), randomUUID()];
    const first = await ask(email, key);
    expect(first.status).toBe(202);
    const again = await ask(email, key);
    expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([202, 'true', first.body]);
    expect(mailsTo(email)).toBe(1);
  });

  it('is refused for another address, which is sent nothing', async () => {
    const [email, other, key] = [someone(), someone(), randomUUID()];
    await ask(email, key);
    expect(await ask(other, key)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(mailsTo(other)).toBe(0);
  });

  it('is told to come again while it is being sent, and sent once', async () => {
    const [email, key] = [someone(), randomUUID()];
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const before = handedOver;
    const first = ask(email, key);
    await expect.poll(() => handedOver).toBe(before + 1);
    for (let n = 0; n < 3; n += 1) {
      expect(await ask(email, key)).toMatchObject({ status: 409, body: { code: 'request_in_flight' }, headers: { 'retry-after': '1' } });
    }
    open();
    expect((await first).status).toBe(202);
    expect((await ask(email, key)).body).toEqual((await first).body);
    expect(mailsTo(email)).toBe(1);
  });

  it('is sent once when it comes many times at once', async () => {
    const [email, key] = [someone(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(email, key)));
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    expect(mailsTo(email)).toBe(1);
  });

  it('may be tried again where the mail was not taken', async () => {
    const [email, key] = [`refused-${someone()}`, randomUUID()];
    expect((await ask(email, key)).status).toBe(503);
    const before = handedOver;
    expect((await ask(email, key)).status).toBe(503);
    expect(handedOver).toBe(before + 1);
  });

  it('is sent anew by who comes after one that died over it', async () => {
    const [email, key] = [someone(), randomUUID()];
    await ask(email, key);
    await sql`UPDATE auth.idempotency_key SET status = 102, response = NULL, expires_at = now() - interval '1 second'`.execute(
      scene.database.db,
    );
    expect((await ask(email, key)).headers['idempotency-replayed']).toBeUndefined();
    expect(mailsTo(email)).toBe(2);
  });
});

it("is nobody else's: a key of another network is another key", async () => {
  const [email, key] = [someone(), randomUUID()];
  const from = (address: string) => ask(email, key, { 'x-forwarded-for': address });
  const [mine, theirs] = [await from('203.0.113.7'), await from('198.51.100.7')];
  expect(theirs.headers['idempotency-replayed']).toBeUndefined();
  expect(theirs.body).not.toEqual(mine.body);
  // A machine has many addresses of one IPv6 network.
  const here = await from('2001:db8:1:2::1');
  expect((await from('2001:db8:1:2::2')).body).toEqual(here.body);
  expect((await from('2001:db8:1:3::1')).body).not.toEqual(here.body);
});

it('without a key none is sent', async () => {
  const email = someone();
  const answer = await scene.app.inject({ method: 'POST', url: '/v1/auth/codes', payload: { email } });
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'idempotency_key_missing']);
  expect(mailsTo(email)).toBe(0);
});

it('nothing is kept by which an address or a number could be tried out', async () => {
  const email = someone();
  await ask(email, randomUUID(), { 'x-forwarded-for': '203.0.113.9' });
  const { rows } = await sql<{ row: string; responses: string }>`
    SELECT string_agg(k::text, ' ') AS row, string_agg(DISTINCT (SELECT string_agg(name, ',') FROM jsonb_object_keys(k.response) name), ' ') AS responses
    FROM auth.idempotency_key k`.execute(scene.database.db);
  expect(rows[0]?.row).not.toMatch(/example\.com|203\.0\.113/);
  expect(rows[0]?.responses).toBe('challengeId,expiresInSeconds');
  // Without the pepper nobody can make the digest of a request.
  const hash = async (deps: Scene) => {
    await deps.post('/v1/auth/codes', { email }, withKey('the-same'));
    return (
      await sql<{ hash: string }>`SELECT encode(request_hash, 'hex') AS hash FROM auth.idempotency_key WHERE key = 'the-same'`.execute(
        deps.database.db,
      )
    ).rows[0]?.hash;
  };
  const other = await openScene();
  expect(await hash(scene)).not.toBe(await hash(other));
  await other.close();
});

describe('a code for a contact', () => {
  const claim = (token: string, email: string, key: string) =>
    scene.send('POST', '/v1/auth/contacts', { token, body: { email }, headers: withKey(key) });

  it('is sent once under a key, which is of the account alone', async () => {
    const [one, other] = [await signIn(scene, someone()), await signIn(scene, someone())];
    const [email, key] = [someone(), randomUUID()];
    const first = await claim(one.accessToken, email, key);
    const again = await claim(one.accessToken, email, key);
    expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([202, 'true', first.body]);
    expect(mailsTo(email)).toBe(1);
    expect(await claim(one.accessToken, someone(), key)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const theirs = await claim(other.accessToken, email, key);
    expect([theirs.status, theirs.headers['idempotency-replayed']]).toEqual([202, undefined]);
    expect(theirs.body).not.toEqual(first.body);
  });

  // Planted once: an erasure that leaves the keys.
  it('leaves no key of an account that is erased, and those of others', async () => {
    const [one, other] = [await signIn(scene, someone()), await signIn(scene, someone())];
    await claim(one.accessToken, someone(), randomUUID());
    await claim(other.accessToken, someone(), randomUUID());
    const keysOf = async (accountId: string): Promise<number> =>
      (await scene.database.pool.query('SELECT FROM auth.idempotency_key k WHERE strpos(k::text, $1) > 0', [accountId])).rowCount ?? 0;
    expect([await keysOf(one.account.id), await keysOf(other.account.id)]).toEqual([1, 1]);
    await (await scene.region.open('users')).pool.query('SELECT auth.erase($1)', [one.account.id]);
    expect([await keysOf(one.account.id), await keysOf(other.account.id)]).toEqual([0, 1]);
  });

  it('is told to come again while it is being sent', async () => {
    const { accessToken } = await signIn(scene, someone());
    const [email, key] = [someone(), randomUUID()];
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const before = handedOver;
    const first = claim(accessToken, email, key);
    await expect.poll(() => handedOver).toBe(before + 1);
    expect(await claim(accessToken, email, key)).toMatchObject({ status: 409, body: { code: 'request_in_flight' } });
    open();
    expect((await first).status).toBe(202);
    expect(mailsTo(email)).toBe(1);
  });
});
