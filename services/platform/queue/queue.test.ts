import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { standInCredentials, startStandIn, type StandIn } from '../../testing/stand-in.ts';
import { systemClock } from '../clock.ts';
import { createLogger } from '../log.ts';
import { createQueue, type CountedQueue, type Queue, type Received } from './index.ts';
import { openMnsQueue } from './mns.ts';

const log = createLogger({ level: 'silent', region: 'test' });
const never = new AbortController().signal;

const providers = [
  {
    provider: 'sqs',
    standIn: 'world-cloud',
    // SQS takes characters beyond the basic plane, fauxqs does not.
    text: '<a href="x">&amp; 中文 ]]>',
    environmentOf: (cloud: StandIn) => ({
      QUEUE_PROVIDER: 'sqs',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SQS: cloud.urlOf('world:queue'),
      AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
    }),
  },
  {
    provider: 'mns',
    standIn: 'china-cloud',
    text: '<a href="x">&amp; 中文 \u{1f3ee} ]]>\u0000',
    environmentOf: (cloud: StandIn) => ({
      QUEUE_PROVIDER: 'mns',
      MNS_ENDPOINT: cloud.urlOf('china:queue'),
      ALIBABA_CLOUD_CREDENTIALS_URI: `${cloud.urlOf('china:secrets')}/credentials`,
    }),
  },
] as const;

describe.each(providers)('the $provider queue', ({ standIn, text, environmentOf }) => {
  let cloud: StandIn;
  let environment: Record<string, string>;
  let queue: CountedQueue;

  const open = (name: string): Promise<CountedQueue> => createQueue({ env: { ...environment, QUEUE_NAME: name }, log, clock: systemClock });

  beforeAll(async () => {
    cloud = await startStandIn(standIn);
    environment = environmentOf(cloud);
    // The vendor's SDK reads the environment of the process by itself.
    Object.assign(process.env, environment);
    queue = await open('madeinworld-sync');
  });
  afterAll(async () => {
    await queue.close();
    await cloud.stop();
    for (const name of Object.keys(environment)) delete process.env[name];
  });

  /** Receives until there are `count` messages. */
  async function take(count: number): Promise<Received[]> {
    const taken: Received[] = [];
    while (taken.length < count) taken.push(...(await queue.receive({ max: queue.limits.batch, waitSeconds: 2 }, never)));
    return taken;
  }

  it('carries what JSON can hold, in more bodies than one call takes', async () => {
    const bodies = Array.from({ length: queue.limits.batch * 2 + 3 }, (_, index) => JSON.stringify({ index, text, blank: ' \n\t ' }));
    const sent = await queue.send(bodies);
    expect(sent.every((result) => result.ok)).toBe(true);
    expect(new Set(sent.map((result) => (result.ok ? result.id : ''))).size).toBe(bodies.length);
    const taken = await take(bodies.length);
    expect(taken.map(({ body }) => body).sort()).toEqual(bodies.toSorted());
    expect(taken.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
    // Hidden messages count, too: they are not done with.
    expect(await queue.depth()).toBe(bodies.length);
    const deleted = await queue.delete(taken.map(({ receipt }) => receipt));
    expect(deleted).toEqual(taken.map(({ receipt }) => ({ ok: true, receipt })));
    expect(await queue.receive({ max: 10, waitSeconds: 0 }, never)).toEqual([]);
    expect(await queue.depth()).toBe(0);
  });

  it('takes a body up to its limit, and answers one beyond it by itself', async () => {
    const [large, beyond] = ['x'.repeat(queue.limits.messageBytes), 'x'.repeat(queue.limits.messageBytes + 1)];
    expect(await queue.send([large, beyond, 'small'])).toMatchObject([
      { ok: true },
      { ok: false, code: 'too_large', retryable: false },
      { ok: true },
    ]);
    const taken = await take(2);
    expect(taken.map(({ body }) => body.length).sort((a, b) => a - b)).toEqual([5, queue.limits.messageBytes]);
    await queue.delete(taken.map(({ receipt }) => receipt));
  });

  it('hides what was received for as long as it is told, and delivers it again after that', async () => {
    await queue.send([`again ${randomUUID()}`]);
    const [first] = await queue.receive({ max: 1, waitSeconds: 2 }, never);
    const receipt = await queue.extend(first?.receipt ?? '', Math.max(queue.limits.minVisibilitySeconds, 1));
    const [second] = await take(1);
    expect(second).toMatchObject({ id: first?.id, body: first?.body, receiveCount: 2 });
    expect(await queue.delete([second?.receipt ?? ''])).toMatchObject([{ ok: true }]);
    expect(receipt).not.toBe('');
  });

  it('wakes a receiver that waits', async () => {
    const waiting = queue.receive({ max: 1, waitSeconds: 20 }, never);
    await queue.send(['wake up']);
    const [taken] = await waiting;
    expect(taken?.body).toBe('wake up');
    await queue.delete([taken?.receipt ?? '']);
  });

  it('stops waiting when it is told to, and loses nothing', async () => {
    const stop = new AbortController();
    const waiting = queue.receive({ max: 1, waitSeconds: 20 }, stop.signal);
    stop.abort(new Error('stopped by the test'));
    await expect(waiting).rejects.toThrow('stopped by the test');
    await expect(queue.receive({ max: 1, waitSeconds: 20 }, stop.signal)).rejects.toThrow('stopped by the test');
  });

  it('says what is wrong when the queue does not exist', async () => {
    const missing = await open('no-such-queue');
    await expect(missing.receive({ max: 1, waitSeconds: 0 }, never)).rejects.toMatchObject({ code: 'queue_missing', retryable: false });
    expect(await missing.send(['x'])).toMatchObject([{ ok: false, code: 'queue_missing' }]);
    await missing.close();
  });
});

describe('the mns queue', () => {
  let cloud: StandIn;
  beforeAll(async () => {
    cloud = await startStandIn('china-cloud');
  });
  afterAll(() => cloud.stop());

  const open = (accessKeySecret: string): Queue =>
    openMnsQueue({
      endpoint: cloud.urlOf('china:queue'),
      queueName: 'madeinworld-sync',
      credentials: async () => ({ accessKeyId: standInCredentials.accessKeyId, accessKeySecret, securityToken: undefined }),
    });

  it('answers the receipts of a delete one by one', async () => {
    const queue = open(standInCredentials.secretAccessKey);
    await queue.send(['mine']);
    const [taken] = await queue.receive({ max: 1, waitSeconds: 5 }, never);
    const good = taken?.receipt ?? '';
    const [first, second] = await queue.delete([good, 'no-receipt-at-all']);
    expect(first).toEqual({ ok: true, receipt: good });
    expect(second).toMatchObject({ ok: false, receipt: 'no-receipt-at-all', code: 'receipt_expired' });
    await expect(queue.extend('no-receipt-at-all', 5)).rejects.toMatchObject({ code: 'receipt_expired' });
    await queue.close();
  });

  it('is refused with a wrong secret', async () => {
    const queue = open('wrong');
    await expect(queue.receive({ max: 1, waitSeconds: 0 }, never)).rejects.toMatchObject({
      code: 'access_denied',
      providerCode: 'SignatureDoesNotMatch',
    });
    await queue.close();
  });

  it('is unavailable, and worth trying again, when nobody listens', async () => {
    const queue = openMnsQueue({
      endpoint: 'http://127.0.0.1:1',
      queueName: 'madeinworld-sync',
      credentials: async () => ({ accessKeyId: 'k', accessKeySecret: 's', securityToken: undefined }),
      clock: { now: () => 0, wait: async () => undefined },
    });
    expect(await queue.send(['x'])).toMatchObject([{ ok: false, code: 'unavailable', retryable: true }]);
    await queue.close();
  });
});
