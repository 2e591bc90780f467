import { expect } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import { createQueue, type CountedQueue, type Received } from '#platform/queue/index.ts';
import { openMnsQueue } from '#platform/queue/mns.ts';
import { mns } from '../../behaviours/mns.ts';
import { startMns } from '../../components/mns.ts';
import { conformance } from '../../frame/conformance.ts';
import { newQueue, vendorClient, withOwnGateway } from './clients.ts';

// The client of services/platform/queue, as the sync worker and the publisher use it.

const { target, shows } = conformance(mns, startMns);
const never = new AbortController().signal;

/** A client configured as a service is, on a queue of the test's own. */
async function withQueue(attributes: Readonly<Record<string, number>>, work: (queue: CountedQueue, name: string) => Promise<void>) {
  const name = await newQueue(vendorClient(target()), attributes);
  const env = {
    QUEUE_PROVIDER: 'mns',
    QUEUE_NAME: name,
    MNS_ENDPOINT: target().url,
    ALIBABA_CLOUD_CREDENTIALS_URI: target().credentialsUrl,
  };
  const queue = await createQueue({ env, log: createLogger({ level: 'silent', region: 'china' }), clock: systemClock });
  try {
    await work(queue, name);
  } finally {
    await queue.close();
  }
}

async function take(queue: CountedQueue, count: number): Promise<Received[]> {
  const taken: Received[] = [];
  while (taken.length < count) taken.push(...(await queue.receive({ max: queue.limits.batch, waitSeconds: 5 }, never)));
  return taken;
}

const open = (over: Partial<Parameters<typeof openMnsQueue>[0]> & { secret?: string; queueName?: string }) =>
  openMnsQueue({
    endpoint: target().url,
    queueName: target().queueName,
    credentials: async () => ({
      accessKeyId: target().accessKey.accessKeyId,
      accessKeySecret: over.secret ?? target().accessKey.secretAccessKey,
      securityToken: undefined,
    }),
    ...over,
  });

shows('production-client', 'batches, with every character that JSON can hold', () =>
  withQueue({}, async (queue) => {
    const bodies = Array.from({ length: 40 }, (_, index) => JSON.stringify({ index, text: '<&> 中文 \u{1f3ee} ]]>\u0000' }));
    const sent = await queue.send(bodies);
    expect(sent.every(({ ok }) => ok)).toBe(true);
    const taken = await take(queue, bodies.length);
    expect(taken.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
    expect(await queue.depth()).toBe(bodies.length);
    const receipts = taken.map(({ receipt }) => receipt);
    expect(await queue.delete(receipts)).toEqual(receipts.map((receipt) => ({ ok: true, receipt })));
    expect(await queue.depth()).toBe(0);
  }),
);

shows('production-client', 'the largest body, and one beyond it', () =>
  withQueue({}, async (queue) => {
    const largest = 'x'.repeat(queue.limits.messageBytes);
    expect(await queue.send([largest, `${largest}x`])).toMatchObject([{ ok: true }, { ok: false, code: 'too_large' }]);
    expect(await take(queue, 1)).toMatchObject([{ body: largest }]);
  }),
);

shows('production-client', 'extends, is given a new receipt, and gives back by extending to a second', () =>
  withQueue({ VisibilityTimeout: 2 }, async (queue) => {
    await queue.send(['again']);
    const [first] = await take(queue, 1);
    const receipt = await queue.extend(first?.receipt ?? '', 600);
    expect(await queue.delete([first?.receipt ?? ''])).toMatchObject([{ ok: false, code: 'receipt_expired' }]);
    expect(await queue.receive({ max: 1, waitSeconds: 3 }, never)).toEqual([]);
    await queue.extend(receipt, 0);
    const [second] = await take(queue, 1);
    expect(second).toMatchObject({ id: first?.id, body: 'again', receiveCount: 2 });
    expect(await queue.delete([second?.receipt ?? '', 'no receipt'])).toMatchObject([{ ok: true }, { ok: false, code: 'receipt_expired' }]);
    await expect(queue.extend('no-receipt', 5)).rejects.toMatchObject({ code: 'receipt_expired' });
  }),
);

shows('production-client', 'wakes from a long poll, and stops one without losing a message', () =>
  withQueue({}, async (queue) => {
    const waiting = queue.receive({ max: 16, waitSeconds: 30 }, never);
    await queue.send(['wake up']);
    const [taken] = await waiting;
    expect(taken?.body).toBe('wake up');
    await queue.delete([taken?.receipt ?? '']);
    const stop = new AbortController();
    const stopped = queue.receive({ max: 16, waitSeconds: 30 }, stop.signal);
    stop.abort(new Error('stopped by the test'));
    await expect(stopped).rejects.toThrow('stopped by the test');
    await queue.send(['not lost']);
    expect(await take(queue, 1)).toMatchObject([{ body: 'not lost' }]);
  }),
);

shows('production-client', 'knows why it was refused', async () => {
  const poll = { max: 1, waitSeconds: 0 };
  const stranger = open({ secret: 'wrong' });
  const missing = open({ queueName: 'no-such-queue' });
  try {
    await expect(stranger.receive(poll, never)).rejects.toMatchObject({ code: 'access_denied', providerCode: 'SignatureDoesNotMatch' });
    await expect(missing.receive(poll, never)).rejects.toMatchObject({ code: 'queue_missing', retryable: false });
    expect(await missing.send(['x'])).toMatchObject([{ ok: false, code: 'queue_missing' }]);
  } finally {
    await Promise.all([stranger.close(), missing.close()]);
  }
});

shows('poll-quota', "production's client pauses, and does not spin", () =>
  withOwnGateway(target(), { pollQuota: 0 }, async (gateway) => {
    const pausesMs: number[] = [];
    const clock = { now: () => 0, wait: async (ms: number) => void pausesMs.push(ms) };
    const queueName = await newQueue(gateway.client);
    const key = gateway.accessKey;
    const queue = openMnsQueue({
      endpoint: gateway.url,
      queueName,
      clock,
      credentials: async () => ({ accessKeyId: key.accessKeyId, accessKeySecret: key.secretAccessKey, securityToken: undefined }),
    });
    for (let poll = 0; poll < 3; poll += 1) expect(await queue.receive({ max: 16, waitSeconds: 30 }, never)).toEqual([]);
    expect(pausesMs).toHaveLength(3);
    await queue.close();
  }),
);
