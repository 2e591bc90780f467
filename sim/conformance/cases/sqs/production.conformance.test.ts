import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import { createQueue, type CountedQueue, type Received } from '#platform/queue/index.ts';
import { sqs } from '../../behaviours/sqs.ts';
import { startSqs } from '../../components/sqs.ts';
import { conformance } from '../../frame/conformance.ts';
import { useQueues } from './queue-of-test.ts';

const { target, shows, driver } = conformance(sqs, startSqs);
const queues = useQueues(target);
const never = new AbortController().signal;

beforeAll(() => {
  const { url, region, accessKey } = target();
  // The vendor's SDK reads its environment by itself, as in production.
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', accessKey.secretAccessKey);
});
afterAll(() => vi.unstubAllEnvs());

const opened: CountedQueue[] = [];
afterEach(async () => {
  for (const queue of opened.splice(0)) await queue.close();
});

/** The services' own queue, as their configuration opens it. */
async function open(name?: string): Promise<CountedQueue> {
  const QUEUE_NAME = name ?? (await queues.make()).name;
  const log = createLogger({ level: 'silent', region: 'world' });
  const queue = await createQueue({ env: { QUEUE_PROVIDER: 'sqs', QUEUE_NAME }, log, clock: systemClock });
  opened.push(queue);
  return queue;
}

async function take(queue: CountedQueue, count: number): Promise<Received[]> {
  const taken: Received[] = [];
  while (taken.length < count) taken.push(...(await queue.receive({ max: queue.limits.batch, waitSeconds: 5 }, never)));
  return taken;
}

shows('production-client', async () => {
  const queue = await open();
  const bodies = Array.from({ length: 23 }, (_, index) => JSON.stringify({ index, text: '中文 <&]]>' }));
  const sent = await queue.send(bodies);
  expect(sent.every(({ ok }) => ok)).toBe(true);
  const taken = await take(queue, bodies.length);
  expect(taken.map(({ body }) => body).sort()).toEqual(bodies.toSorted());
  expect(await queue.depth()).toBe(bodies.length);
  const [kept, ...done] = taken;
  const receipt = await queue.extend(kept?.receipt ?? '', 1);
  expect(receipt).toMatch(/./);
  expect(await queue.delete(done.map((one) => one.receipt))).toEqual(done.map((one) => ({ ok: true, receipt: one.receipt })));
  const [again] = await take(queue, 1);
  expect(again).toMatchObject({ id: kept?.id, receiveCount: 2 });
  expect(await queue.delete([again?.receipt ?? ''])).toMatchObject([{ ok: true }]);
  expect(await queue.depth()).toBe(0);
});

shows('production-wait', async () => {
  const queue = await open();
  const waiting = queue.receive({ max: 1, waitSeconds: 20 }, never);
  await queue.send(['wake up']);
  expect(await waiting).toMatchObject([{ body: 'wake up', receiveCount: 1 }]);
  const stop = new AbortController();
  const stopped = queue.receive({ max: 1, waitSeconds: 20 }, stop.signal);
  stop.abort(new Error('told to stop'));
  await expect(stopped).rejects.toThrow('told to stop');
});

shows('production-errors', async () => {
  const missing = await open(`none-${randomUUID()}`);
  await expect(missing.receive({ max: 1, waitSeconds: 0 }, never)).rejects.toMatchObject({ code: 'queue_missing', retryable: false });
  expect(await missing.send(['x'])).toMatchObject([{ ok: false, code: 'queue_missing' }]);
  const queue = await open();
  const bodies = ['x'.repeat(queue.limits.messageBytes), 'x'.repeat(queue.limits.messageBytes + 1), 'small'];
  expect(await queue.send(bodies)).toMatchObject([{ ok: true }, { ok: false, code: 'too_large', retryable: false }, { ok: true }]);
  expect((await take(queue, 2)).map(({ body }) => body.length).sort((a, b) => a - b)).toEqual([5, queue.limits.messageBytes]);
});

shows('production-receipts', async () => {
  const queue = await open();
  await queue.send(['mine']);
  const [mine] = await take(queue, 1);
  const none = 'no-receipt-at-all';
  const told = driver === 'docker' ? { ok: false, receipt: none, code: 'receipt_expired' } : { ok: true, receipt: none };
  expect(await queue.delete([mine?.receipt ?? '', none])).toMatchObject([{ ok: true, receipt: mine?.receipt }, told]);
  await expect(queue.extend(none, 5)).rejects.toMatchObject({ code: 'receipt_expired', retryable: false });
});
