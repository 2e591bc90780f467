import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { createQueue, type CountedQueue } from '#platform/queue/index.ts';

import { silentLog } from '../../testing/region-database.ts';
import { standInCredentials, startStandIn, type StandIn } from '../../testing/stand-in.ts';
import { handleEvents } from '../consume/handle.ts';
import { isSuppressed } from '../suppressions/service.ts';
import { eventOf, messageOf, openScene, type Scene } from '../testing/scene.ts';
import { consumeReports } from './consume.ts';
import { handleReports } from './handle.ts';
import { complaintExample, directMailExample, inSnsEnvelope, sesExample, smsReportExample } from './testing/examples.ts';

const never = new AbortController().signal;
let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const someone = (): string => `${randomUUID()}@planted.example`;
const handle = (...reports: (object | string)[]) =>
  handleReports(
    scene.deps,
    reports.map((report) => messageOf(report)),
    never,
  );
const suppressed = (address: string) => isSuppressed(scene.deps, address);
const refusals = async () => (await scene.superuser.query('SELECT id, reason, type FROM notification.refused_message')).rows;

describe('a report', () => {
  it('of a permanent bounce has no mail sent to the address from then on', async () => {
    const { email, orderId } = await scene.buyer();
    const { done } = await handle(sesExample({ bouncedRecipients: [{ emailAddress: email.toUpperCase() }] }));
    expect(done).toHaveLength(1);
    await handleEvents(scene.deps, [messageOf(eventOf('madeinworld.order.confirmed.v1', orderId))], never);
    expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'suppressed' }]);
    expect(await scene.sink.mailsTo(email)).toEqual([]);
  });

  it('of a bounce that passes changes nothing', async () => {
    const { email, orderId } = await scene.buyer();
    await handle(
      sesExample({ bounceType: 'Transient', bouncedRecipients: [{ emailAddress: email }] }),
      directMailExample({ rcpt: email, status: '4' }),
    );
    await handleEvents(scene.deps, [messageOf(eventOf('madeinworld.order.confirmed.v1', orderId))], never);
    expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  });

  it('that comes twice, or late, is no news', async () => {
    const email = someone();
    const complained = complaintExample({ complainedRecipients: [{ emailAddress: email }], timestamp: '2026-03-02T00:00:00.000Z' });
    const bounced = sesExample({ bouncedRecipients: [{ emailAddress: email }], timestamp: '2026-03-01T00:00:00.000Z' });
    await handle(complained, complained, bounced);
    const found = await scene.call('POST', '/v1/notifications/suppressions/search', { as: 'admin', body: { address: email } });
    expect(found.body).toMatchObject({ reason: 'complaint', at: '2026-03-02T00:00:00.000000Z' });
  });
});

it('what is none is recorded by its reason and its type, and dropped; nothing of a person gets into a log', async () => {
  const email = someone();
  const messages = [
    'not json',
    { notificationType: 'Bounce', bounce: { bouncedRecipients: [{ emailAddress: email }] } },
    { hello: email },
  ].map((body) => messageOf(body));
  const { done } = await handleReports(scene.deps, messages, never);
  expect(done).toEqual(messages.map(({ id }) => id));
  expect(await refusals()).toEqual([
    { id: messages[0]?.id, reason: 'not_json', type: null },
    { id: messages[1]?.id, reason: 'malformed', type: 'Bounce' },
    { id: messages[2]?.id, reason: 'unknown_type', type: null },
  ]);
  await handle(sesExample({ bouncedRecipients: [{ emailAddress: email }] }), smsReportExample());
  expect(scene.lines.join('')).not.toMatch(/planted\.example|13800138000/);
});

it('a recipient that is none does not keep the others from being suppressed, and is counted', async () => {
  const [one, other] = [someone(), someone()];
  const counts: unknown[] = [];
  const report = sesExample({
    bouncedRecipients: [{ emailAddress: one }, { emailAddress: 'Zorba Quillfeather' }, { emailAddress: other }],
  });
  const message = messageOf(report);
  const { done } = await handleReports({ ...scene.deps, countReport: (...count) => void counts.push(count) }, [message], never);
  expect(done).toEqual([message.id]);
  expect([await suppressed(one), await suppressed(other)]).toEqual([true, true]);
  expect(counts).toEqual([['suppressed'], ['unfit', 1]]);
  const line: unknown = JSON.parse(scene.lines.at(-1) ?? '');
  expect(line).toMatchObject({ messageIds: [message.id], type: 'Bounce', unfit: 1 });
  expect(scene.lines.join('')).not.toContain('Quillfeather');
});

it('while the database is away a report is kept, and so is what follows', async () => {
  const messages = [sesExample(), sesExample()].map((body) => messageOf(body));
  const away = { ...scene.deps, secrets: { ...scene.deps.secrets, digestKey: () => Promise.reject(new Error('away')) } };
  const { done, kept, failure } = await handleReports(away, messages, never);
  expect([done, kept, failure]).toEqual([[], messages.map(({ id }) => id), expect.any(Error)]);
});

const providers = [
  {
    provider: 'sqs',
    standIn: 'world-cloud',
    environmentOf: (cloud: StandIn) => ({
      QUEUE_PROVIDER: 'sqs',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SQS: cloud.urlOf('world:queue'),
      AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
    }),
    reportOf: (email: string) => inSnsEnvelope(sesExample({ bouncedRecipients: [{ emailAddress: email }] })),
  },
  {
    provider: 'mns',
    standIn: 'china-cloud',
    environmentOf: (cloud: StandIn) => ({
      QUEUE_PROVIDER: 'mns',
      MNS_ENDPOINT: cloud.urlOf('china:queue'),
      ALIBABA_CLOUD_CREDENTIALS_URI: `${cloud.urlOf('china:secrets')}/credentials`,
    }),
    reportOf: (email: string) => directMailExample({ rcpt: email }),
  },
] as const;

describe.each(providers)('over $provider', ({ standIn, environmentOf, reportOf }) => {
  let cloud: StandIn;
  let queue: CountedQueue;
  let environment: Record<string, string>;
  beforeAll(async () => {
    cloud = await startStandIn(standIn);
    environment = environmentOf(cloud);
    // The vendor's SDK reads the environment of the process by itself.
    Object.assign(process.env, environment);
    queue = await createQueue({
      env: { ...environment, REPORT_QUEUE_NAME: 'madeinworld-sync' },
      log: silentLog,
      clock: systemClock,
      of: 'reports',
    });
  });
  afterAll(async () => {
    await queue.close();
    await cloud.stop();
    for (const name of Object.keys(environment)) delete process.env[name];
  });
  let outcomes: string[] = [];
  beforeEach(() => {
    outcomes = [];
  });

  it('what the vendor tells is acted on, and leaves the queue', async () => {
    const email = someone();
    const stop = new AbortController();
    const consuming = consumeReports(
      { ...scene.deps, ping: scene.database.ping, clock: systemClock, countReport: (outcome) => void outcomes.push(outcome) },
      [queue],
      { stop: stop.signal, hardStop: never },
    );
    await queue.send([JSON.stringify(reportOf(email)), 'no report', JSON.stringify(smsReportExample({ success: true }))]);
    await expect.poll(() => outcomes.toSorted(), { timeout: 20_000 }).toEqual(['nothing', 'refused', 'suppressed']);
    await expect.poll(() => queue.depth(), { timeout: 20_000 }).toBe(0);
    expect(await suppressed(email)).toBe(true);
    stop.abort();
    await consuming;
  });
});
