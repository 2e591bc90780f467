/**
 * Goal: a mail server that takes connections and says nothing costs the service its mails, and nothing else of it. Planted once: a bulkhead of all places, a deadline
 * for none, the door behind the count, a challenge that stays.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { sql } from 'kysely';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { createMailer, type Mailer } from '#platform/mail.ts';
import { createRateLimiter } from '#platform/rate-limit/limiter.ts';

import { openScene, type Scene } from '../testing/scene.ts';
import { createOutgoing } from './outgoing.ts';

const PLACES = 20;
const AT_ONCE = PLACES / 2;
const DEADLINE_MS = 1_500;
/** What the mailer's own limits come to for all that wait, one pair after the other, is longer. */
const LET_GO_WITHIN_MS = 10_000;
/** Of a machine that has other work too. */
const PATIENCE = { timeout: 20_000 };

let server: SMTPServer;
let mailer: Mailer;
let scene: Scene;
let isSilent = true;
let connections = 0;
let taken: string[] = [];
let serial = 0;

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    closeTimeout: 100,
    onConnect(_session, greet) {
      connections += 1;
      if (!isSilent) greet();
    },
    // A connection that was kept from before hangs as well.
    onMailFrom(_address, _session, next) {
      if (!isSilent) next();
    },
    onData(stream, { envelope }, done) {
      stream.resume().once('end', () => {
        taken.push(...envelope.rcptTo.map(({ address }) => address));
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  mailer = await createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'no-reply@madeinworld.example' });
  scene = await openScene({
    mailer,
    outgoing: createOutgoing(PLACES, DEADLINE_MS),
    http: {
      limits: {
        maxRequestsInFlight: PLACES,
        eventLoop: { isLagging: () => false, delayMs: () => ({ median: 0, p99: 0 }) },
        rate: createRateLimiter({ perMinute: 1_000_000, burst: 1_000_000 }),
      },
    },
  });
});
afterAll(async () => {
  mailer.close();
  await scene.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
beforeEach(() => {
  isSilent = true;
  taken = [];
});

const someone = (): string => `waits-${(serial += 1)}@example.com`;
const ask = (email: string, key: string = randomUUID()) => scene.post('/v1/auth/codes', { email }, { 'idempotency-key': key });
const challenges = async (): Promise<number> =>
  (await sql<{ count: number }>`SELECT count(*)::int AS count FROM auth.challenge`.execute(scene.database.db)).rows[0]?.count ?? -1;
const counted = async (): Promise<number> =>
  (
    await sql<{ hits: number }>`SELECT coalesce(sum(hits), 0)::int AS hits FROM auth.throttle WHERE bucket LIKE 'codes:address:%'`.execute(
      scene.database.db,
    )
  ).rows[0]?.hits ?? -1;
const UNAVAILABLE = { status: 503, headers: { 'retry-after': '2' }, body: { code: 'unavailable' } };

it('while mails wait for it, who else wants one is told at once to come again, and everything else goes on', async () => {
  const before = connections;
  const began = performance.now();
  let settled = 0;
  const waiting = Array.from({ length: AT_ONCE }, () => ask(someone()).finally(() => (settled += 1)));
  // All of them are where they wait, two of them with the server.
  await expect.poll(challenges).toBe(AT_ONCE);
  await expect.poll(() => connections - before, PATIENCE).toBe(2);
  const hits = await counted();
  const key = randomUUID();
  const refused = await Promise.all([ask('late@example.com', key), ...Array.from({ length: PLACES / 2 - 1 }, () => ask(someone()))]);
  for (const answer of refused) expect(answer).toMatchObject(UNAVAILABLE);
  // Nobody was counted or has a challenge for it, and nobody has waited.
  expect([await counted(), await challenges(), settled]).toEqual([hits, AT_ONCE, 0]);
  expect(await scene.send('GET', '/v1/auth/jwks.json')).toMatchObject({ status: 200 });
  expect(await scene.post('/v1/auth/tokens/refresh', { refreshToken: 'x'.repeat(43) })).toMatchObject({ status: 401 });
  expect(await scene.post('/v1/auth/codes', { phone: '+447700900123' })).toMatchObject({ status: 202 });
  expect(settled).toBe(0);

  // In the end those that wait are let go: nothing was sent, so nothing of it is left.
  for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject(UNAVAILABLE);
  expect(performance.now() - began).toBeLessThan(LET_GO_WITHIN_MS);
  const { rows } = await sql`SELECT 1 FROM auth.challenge WHERE email IS NOT NULL`.execute(scene.database.db);
  expect(rows).toEqual([]);
  // The key of who was refused is free, and the server that speaks again is used at once.
  isSilent = false;
  expect(await ask('late@example.com', key)).toMatchObject({ status: 202 });
  // What had waited is not sent late.
  expect(taken).toEqual(['late@example.com']);
});

it('who waited past the deadline has the key free, and is sent one code by it', async () => {
  const [email, key] = [someone(), randomUUID()];
  expect(await ask(email, key)).toMatchObject(UNAVAILABLE);
  isSilent = false;
  const again = await ask(email, key);
  expect([again.status, again.headers['idempotency-replayed']]).toEqual([202, undefined]);
  expect(await ask(email, key)).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' }, body: again.body });
  expect(taken).toEqual([email]);
});
