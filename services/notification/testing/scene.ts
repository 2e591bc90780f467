import { randomBytes, randomUUID, randomUUIDv7 } from 'node:crypto';

import pg from 'pg';

import type { EventMessage, EventType } from '#contracts/events.ts';
import type { OrderNotice } from '#contracts/notification.ts';
import { systemClock } from '#platform/clock.ts';
import type { Database } from '#platform/db.ts';
import { createEventPublisher } from '#platform/events/publisher.ts';
import { createLogger } from '#platform/log.ts';
import { createMailer, type Mailer } from '#platform/mail.ts';
import type { Queue } from '#platform/queue/index.ts';
import type { Sms } from '#platform/sms/sms.ts';

import { callerFor, collectFaults, type Call } from '../../testing/http.ts';
import { openRegionDatabase, type RegionDatabase } from '../../testing/region-database.ts';
import { makeTokens } from '../../testing/tokens.ts';
import { buildNotificationApp } from '../app.ts';
import type { HandleDeps } from '../consume/handle.ts';
import { createSweep } from '../consume/sweep.ts';
import { orderExample } from '../examples.ts';
import { openMailSink, type MailSink } from './mail-sink.ts';
import { offer, putOrder, putPerson, type Person } from './offered.ts';

type NoTables = Record<string, never>;

/** What every test plants and no log, row or message may show. */
export const PLANTED_NAME = 'Zorba Quillfeather';

/** The notification service of one region on a database and a mail server of the test's own. */
export interface Scene {
  readonly region: RegionDatabase;
  readonly database: Database<NoTables>;
  readonly superuser: pg.Client;
  readonly sink: MailSink;
  /** Takes text messages, unless it is told to refuse them. */
  readonly vendor: { readonly taken: Sms[]; refuses: Error | undefined };
  readonly deps: HandleDeps;
  readonly webhookSecret: string;
  readonly call: Call;
  /** Everything that was logged. */
  readonly lines: readonly string[];
  /** Somebody who has bought something: their address, and an order of theirs. */
  buyer(person?: Partial<Person>, order?: Partial<OrderNotice>): Promise<{ email: string; accountId: string; orderId: string }>;
  noticesOf(subjectId: string): Promise<Record<string, unknown>[]>;
  sweepOver(queue: Queue): () => Promise<void>;
  close(): Promise<void>;
}

export const eventOf = (type: EventType, subject: string): EventMessage => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'madeinworld/world',
  type,
  subject,
  time: '2026-03-01T09:31:00.000000Z',
});
export const messageOf = (event: object | string, receiveCount = 1) => ({
  id: randomUUID(),
  body: typeof event === 'string' ? event : JSON.stringify(event),
  receiveCount,
});

/** `mailer`: in place of one that sends to the sink. */
export async function openScene(own: { readonly mailer?: Mailer; readonly deadlineMs?: number } = {}): Promise<Scene> {
  const [region, sink, tokens] = await Promise.all([openRegionDatabase(), openMailSink(), makeTokens('world')]);
  const superuser = new pg.Client({ connectionString: region.urls.url });
  await superuser.connect();
  await offer(superuser);
  const database = await region.open<NoTables>('notification');
  const mailer = own.mailer ?? (await createMailer({ url: sink.url, from: 'no-reply@madeinworld.example' }));
  const vendor: Scene['vendor'] = { taken: [], refuses: undefined };
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', region: 'test', destination: { write: (line: string) => void lines.push(line) } });
  const faults = collectFaults();
  const key = randomBytes(32);
  const webhookSecret = key.toString('hex');
  const sending = {
    region: 'world' as const,
    db: database.db,
    mailer,
    sms: {
      async send(sms: Sms) {
        if (vendor.refuses !== undefined) throw vendor.refuses;
        return { providerMessageId: `text-${vendor.taken.push(sms)}` };
      },
    },
    secrets: { digestKey: async () => key, webhookSecret: async () => webhookSecret },
    log,
    limits: { deadlineMs: own.deadlineMs ?? 10_000, leaseMs: 60_000, retryBaseMs: 200, retryCapMs: 400 },
  };
  const app = buildNotificationApp({
    ...sending,
    access: tokens.access,
    readiness: { draining: false, checks: { postgres: database.ping } },
    report: faults.report,
  });
  return {
    region,
    database,
    superuser,
    sink,
    vendor,
    deps: { ...sending, sweep: async () => undefined },
    webhookSecret,
    call: callerFor(app, tokens),
    lines,
    async buyer(person = {}, order = {}) {
      const accountId = randomUUID();
      const email = `${accountId}@planted.example`;
      const orderId = randomUUIDv7();
      await putPerson(superuser, { accountId, email, phone: null, name: PLANTED_NAME, language: 'en', marketing: false, ...person });
      await putOrder(superuser, orderId, { ...orderExample, accountId, ...order });
      return { email, accountId, orderId };
    },
    async noticesOf(subjectId) {
      return (await superuser.query('SELECT * FROM notification.notice WHERE subject_id = $1', [subjectId])).rows;
    },
    sweepOver(queue) {
      const publisher = createEventPublisher({ pool: database.pool, queue, log, clock: systemClock, region: 'world' });
      return createSweep({ ...sending, publisher, signal: new AbortController().signal });
    },
    async close() {
      await app.close();
      mailer.close();
      await superuser.end();
      await region.close();
      await sink.close();
      faults.assertNone();
    },
  };
}
