/**
 * Goal: nothing that says who somebody is gets into a log, a metric, a trace, an event, an outbox, a queue, the database's own log, or over the border.
 * Method: a name, an address, a telephone number and a mail address are planted and lived with: through all services on a real database, with their telemetry
 * exported to a receiver, mails over SMTP, text messages to a vendor, events through a publisher to their consumer, and what crosses sent to a real ingest over a tap; errors of each kind among it.
 * Then the marks are looked for in each channel, in every spelling (testing/planted/marks.ts), and each channel is known to have carried what it should. Planted
 * once each: a body that is logged, a label and a span with the URL, an event about a mail address, a queue message and an outbox row that hold what they point at, a
 * column of the other region, a problem that quotes what it refuses, a database that logs what it refuses.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { productIdOf } from '#contracts/ids.ts';
import { createPolicies, entityPolicies } from '#contracts/sync-policy.ts';
import { systemClock } from '#platform/clock.ts';
import { createEventPublisher } from '#platform/events/publisher.ts';
import { createLogger } from '#platform/log.ts';
import { createMailer, type Mailer } from '#platform/mail.ts';
import { createPublisher } from '#platform/publisher.ts';
import type { Queue } from '#platform/queue/index.ts';
import { type Sms, SmsNotTaken, type SmsSender } from '#platform/sms/sms.ts';
import { createTelemetry } from '#platform/telemetry.ts';
import { handleEvents } from '#notification/consume/handle.ts';
import { buildIngestApp } from '#sync/ingest/app.ts';
import { createOwnSide } from '#sync/reconcile/side.ts';
import { chinaKey, keysOf, never, senderOf, worldKey } from '#sync/testing/border.ts';
import { openTap } from '#sync/testing/tap.ts';
import { coalesce, readMessage } from '#sync/worker/coalesce.ts';
import { deliver } from '#sync/worker/deliver.ts';
import { connectPeer } from '#sync/worker/post.ts';

import { openEveryApp, type EveryApp } from './testing/every-app.ts';
import type { Answer } from './testing/http.ts';
import { addressWith, askForCopies, callOf, goWrong, shopAs, signUp, signUpByPhone, type Shop } from './testing/planted/life.ts';
import { leaksIn, type Marks } from './testing/planted/marks.ts';
import { openReceiver, type Receiver } from './testing/planted/receiver.ts';
import { openSmtp, type TestSmtp } from './testing/planted/smtp.ts';
import { openRegionDatabase, type RegionDatabase } from './testing/region-database.ts';

const whole: Marks = {
  name: 'Zdeňka Quillfeather',
  street: 'Ořechová 1748/b',
  phone: '+442079460958',
  email: 'zdenka.quillfeather@planted.example',
};
/** Parts give somebody away as well. */
const marks: Marks = { ...whole, surname: 'Quillfeather', digits: '2079460958', mailbox: 'zdenka.quillfeather', road: 'Ořechová' };

/** What each channel has carried. */
const carried = {
  logs: '',
  metrics: '',
  traces: '',
  events: '',
  outbox: '',
  queue: '',
  border: '',
  beyond: '',
  problems: '',
  database: '',
};

let every: EveryApp;
let china: RegionDatabase;
let receiver: Receiver;
let smtp: TestSmtp;
let mailer: Mailer;
let owner: pg.Client;
const lines: string[] = [];
const log = createLogger({ level: 'trace', region: 'world', destination: { write: (line: string) => void lines.push(line) } });

/** A vendor of text messages that keeps what it takes, and takes nothing while it refuses. */
const sms: { readonly taken: Sms[]; refusal: Error | undefined; readonly send: SmsSender['send'] } = {
  taken: [],
  refusal: undefined,
  async send(message) {
    if (sms.refusal !== undefined) throw sms.refusal;
    sms.taken.push(message);
    return { providerMessageId: null };
  },
};

/** A queue that keeps what it is sent. */
function keepingQueue(): { readonly queue: Queue; readonly bodies: string[] } {
  const bodies: string[] = [];
  const unused = async (): Promise<never> => Promise.reject(new Error('a publisher only sends'));
  const queue: Queue = {
    send: async (sent) => sent.map((body) => ({ ok: true as const, id: String(bodies.push(body)) })),
    receive: unused,
    delete: unused,
    extend: unused,
    limits: { batch: 10, messageBytes: 47_000, batchBytes: 47_000, minVisibilitySeconds: 1, maxWaitSeconds: 20 },
    close: async () => undefined,
  };
  return { queue, bodies };
}

/** All rows of all tables of a schema as text. */
async function rowsOf(client: pg.Client, schemas: readonly string[]): Promise<string> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = ANY ($1)`,
    [schemas],
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    texts.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return texts.join('\n');
}

/** The other region behind a tap. */
async function openBorder() {
  const chinaOwner = new pg.Client({ connectionString: china.urls.url });
  await chinaOwner.connect();
  const [sender, receiving] = [await every.region.open('sync'), await china.open('sync')];
  const policies = createPolicies(entityPolicies);
  const side = createOwnSide({ pool: receiving.pool, policies, queued: async () => 0, publish: async () => 0, mostBacklog: 1_000_000 });
  const readiness = { draining: false, checks: {} };
  const shared = { policies, keys: keysOf(chinaKey, [worldKey]), log, clock: systemClock, readiness, side };
  const ingest = buildIngestApp({ ...shared, pool: receiving.pool });
  const tap = await openTap(await ingest.listen({ host: '127.0.0.1', port: 0 }));
  const peer = connectPeer({ url: tap.url, region: 'world', keys: keysOf(worldKey, [chinaKey]), clock: systemClock, timeoutMs: 20_000 });
  return {
    /** Brings what messages point at over the border, as a worker does, and adds what is there then. */
    async cross(bodies: readonly string[]): Promise<void> {
      const wanted = coalesce(bodies.map(readMessage));
      const { failure } = await deliver(senderOf({ region: 'world', sync: sender.pool } as never, peer), wanted, never);
      expect(failure).toBeUndefined();
      const { rows } = await chinaOwner.query<{ name: string }>(
        `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_|information_schema'`,
      );
      const schemas = rows.map(({ name }) => name);
      carried.beyond += await rowsOf(chinaOwner, schemas);
      carried.border = tap.recorded();
    },
    async close(): Promise<void> {
      await peer.close();
      await ingest.close();
      await tap.close();
      await chinaOwner.end();
    },
  };
}

beforeAll(async () => {
  [china, receiver, smtp] = await Promise.all([openRegionDatabase('china'), openReceiver(), openSmtp()]);
  mailer = await createMailer({ url: smtp.url, from: 'no-reply@madeinworld.example' });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRIC_EXPORT_INTERVAL: '100', OTEL_BSP_SCHEDULE_DELAY: '50' };
  const telemetry = createTelemetry({ exports: true, env, region: 'world', clock: systemClock, log });
  every = await openEveryApp(log, { mailer, sms, http: async (service) => ({ telemetry: await telemetry.of(service) }) });
  owner = new pg.Client({ connectionString: every.region.urls.url });
  await owner.connect();
  const productId = productIdOf('PLANTED-1');
  await owner.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at) VALUES ($1, 'PLANTED-1', 'A teapot', 500, 'GBP', now())`,
    [productId],
  );
  const store = '00000000-0000-5000-8000-00000000000a';
  await owner.query('SELECT inventory.choose_online_store($1)', [store]);
  await owner.query('INSERT INTO inventory.stock (store_id, product_id, on_hand) VALUES ($1, $2, 100)', [store, productId]);

  const shop: Shop = {
    every,
    owner,
    productId,
    lastMail: () => smtp.taken.at(-1) ?? '',
    lastCode: () => sms.taken.at(-1)?.parameters['code'],
  };
  const as = await signUp(shop, whole);
  const byPhone = await signUpByPhone(shop, whole);
  const { addressId } = await shopAs(shop, as, whole);
  await askForCopies(shop, byPhone);
  const answers = await goWrong(shop, as, marks, addressId);
  answers.push(...(await withoutMail(shop)), ...(await withoutTexts(shop)));

  carried.events = await rowsOf(owner, ['events']);
  carried.outbox = (await rowsOf(owner, ['sync'])).replaceAll(/^sync\.(template|entity) .*$/gm, '');
  const [pointers, events] = [keepingQueue(), keepingQueue()];
  const orders = await every.region.open('orders');
  const publishing = { pool: orders.pool, log, clock: systemClock, region: 'world' };
  const border = await openBorder();
  await createPublisher({ ...publishing, queue: pointers.queue }).sweep();
  await border.cross(pointers.bodies);
  await createEventPublisher({ ...publishing, queue: events.queue }).sweep();
  await notify(events.bodies);
  // Somebody who is forgotten.
  await callOf(every, 'user')('POST', '/v1/me/erasure', { as });
  await callOf(every, 'user')('POST', '/v1/me/erasure', { as: byPhone });
  carried.events += await rowsOf(owner, ['events']);
  await createPublisher({ ...publishing, queue: pointers.queue }).sweep();
  await border.cross(pointers.bodies);
  await createEventPublisher({ ...publishing, queue: events.queue }).sweep();
  await notify(events.bodies);
  carried.queue = [...pointers.bodies, ...events.bodies].join('\n');
  await border.close();

  for (const { app } of every.services.values()) carried.metrics += (await app.inject('/metrics')).body;
  await telemetry.close();
  carried.traces = receiver.received();
  carried.problems = answers
    .filter(({ status }) => status >= 400)
    .map(({ status, body }) => `${status} ${JSON.stringify(body)}`)
    .join('\n');
  carried.logs = lines.join('');
  carried.database = await databaseLog();
}, 180_000);
afterAll(async () => {
  await owner?.end();
  await every?.close();
  await china?.close();
  mailer?.close();
  await Promise.all([smtp?.close(), receiver?.close()]);
});

/** What the database's server has logged; the last of it is a stranger whom it has not let in. */
async function databaseLog(): Promise<string> {
  const url = new URL(every.region.urls.url);
  url.password = 'not the password';
  await expect(new pg.Client({ connectionString: url.href, application_name: 'stranger' }).connect()).rejects.toThrow();
  const log = async (): Promise<string> => readFile(inject('pgLogFile'), 'utf8');
  await vi.waitFor(async () => expect(await log()).toContain(`@${url.pathname.slice(1)} FATAL`), { timeout: 10_000 });
  return log();
}

/** A mail server that refuses the address and quotes it. */
async function withoutMail({ every }: Shop): Promise<Answer[]> {
  smtp.refuse(true);
  const answer = await callOf(every, 'auth')('POST', '/v1/auth/codes', { body: { email: whole['email'] }, idempotencyKey: randomUUID() });
  expect(answer.status).toBe(503);
  smtp.refuse(false);
  return [answer];
}

/** A vendor of text messages that takes none: for that number, for the moment, and with an error that is none of ours and quotes it. */
async function withoutTexts({ every }: Shop): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const refusal of [
    new SmsNotTaken('country_not_allowed', 403),
    new SmsNotTaken('Throttling', 429),
    new Error(`to ${whole['phone']}`),
  ]) {
    sms.refusal = refusal;
    answers.push(await callOf(every, 'auth')('POST', '/v1/auth/codes', { body: { phone: whole['phone'] }, idempotencyKey: randomUUID() }));
  }
  sms.refusal = undefined;
  expect(answers.map(({ status }) => status)).toEqual([202, 503, 503]);
  return answers;
}

/** Tells of events by mail, first while no mail is taken. */
async function notify(bodies: readonly string[]): Promise<void> {
  const { db } = await every.region.open<Record<string, never>>('notification');
  const key = Buffer.alloc(32, 7);
  const secrets = { digestKey: async () => key, webhookSecret: async () => key.toString('hex') };
  const limits = { deadlineMs: 10_000, leaseMs: 60_000, retryBaseMs: 1, retryCapMs: 1 };
  const deps = { region: 'world' as const, db, mailer, secrets, log, limits, sweep: async () => undefined };
  const messages = bodies.map((body, place) => ({ id: String(place), body, receiveCount: 1 }));
  smtp.refuse(true);
  await handleEvents(deps, messages, never);
  smtp.refuse(false);
  await vi.waitFor(async () => expect((await handleEvents(deps, messages, never)).pauses.size).toBe(0), { timeout: 10_000 });
}

describe('each channel', () => {
  it.each([
    ['logs', '"route":"/v1/me/addresses"'],
    ['logs', '"status":500'],
    ['logs', 'country_not_allowed'],
    ['metrics', 'madeinworld_http_requests_total{method="POST",route="/v1/checkouts"'],
    ['traces', 'POST /v1/me/addresses'],
    ['traces', 'madeinworld_http_requests_total'],
    ['events', 'madeinworld.order.confirmed.v1'],
    ['outbox', 'catalog.product'],
    ['queue', 'madeinworld.account.erased.v1'],
    ['queue', 'users.link'],
    ['queue', 'users.copy_request'],
    ['border', 'A teapot'],
    ['border', '"offered"'],
    ['border', '"ended"'],
    ['border', '"asked_at"'],
    ['beyond', 'A teapot'],
    ['problems', '500 {"type":"urn:madeinworld:problem:internal"'],
    ['problems', '"field":"'],
    ['database', 'FATAL'],
  ] as const)('has carried what it should: %s, %s', (channel, text) => {
    expect(carried[channel]).toContain(text);
  });

  it.each(Object.keys(carried) as (keyof typeof carried)[])('holds nothing of whom it is about: %s', (channel) => {
    const leaking = carried[channel].split('\n').flatMap((line) => {
      const [first] = leaksIn(line, marks);
      return first === undefined ? [] : [`${first}: ${line.slice(0, 1_500)}`];
    });
    expect(leaking).toEqual([]);
  });
});

it('the person is told, by mail and by name, and by text message', () => {
  const told = smtp.taken.filter((mail) => mail.includes(`To: ${whole['email']}`));
  expect(told.length).toBeGreaterThan(2);
  expect(sms.taken.map(({ to }) => to)).toEqual([whole['phone']]);
  expect(addressWith(whole).recipient).toBe(whole['name']);
});
