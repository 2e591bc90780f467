import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqsCall } from '../sqs/call.ts';
import { startSqs, type SqsServer } from '../sqs/fauxqs.ts';
import { digestOfAttributes } from './message-digest.ts';
import { queueFaultKinds, type QueueFault, type QueueFaultKind } from './queue-fault.ts';
import { createQueueFaults } from './queue-faults.ts';

let server: SqsServer;
let queues = 0;
beforeAll(async () => {
  server = await startSqs({ port: 0, region: 'eu-west-1', queues: [] });
});
afterAll(() => server.close());

async function newQueue(): Promise<string> {
  const answer = await server.call('CreateQueue', { QueueName: `queue-${(queues += 1)}` });
  return (answer as { QueueUrl: string }).QueueUrl;
}

async function countsOf(queueUrl: string): Promise<{ visible: number; delayed: number }> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'];
  const answer = await server.call('GetQueueAttributes', { QueueUrl: queueUrl, AttributeNames: names });
  const { Attributes } = answer as { Attributes: Record<string, string> };
  return { visible: Number(Attributes[names[0]!]), delayed: Number(Attributes[names[1]!]) };
}

/** Everything that lies in the queue, by its text. */
async function drain(queueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const answer = await server.call('ReceiveMessage', { QueueUrl: queueUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = answer as { Messages?: { Body: string }[] };
    if (Messages.length === 0) return bodies.toSorted();
    bodies.push(...Messages.map((message) => message.Body));
  }
}

const fault = (share: number, seed = 1, delaySeconds = 30): QueueFault => ({ share, seed, delaySeconds });

/** Sends texts in batches, and answers the ids that were acknowledged, in order. */
async function sendAll(call: SqsCall, queueUrl: string, bodies: readonly string[], batchSize: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let at = 0; at < bodies.length; at += batchSize) {
    const entries = bodies.slice(at, at + batchSize).map((body, index) => ({ Id: `${at + index}`, MessageBody: body }));
    const answer = await call('SendMessageBatch', { QueueUrl: queueUrl, Entries: entries });
    acknowledged.push(...(answer as { Successful: { Id: string }[] }).Successful.map(({ Id }) => Id));
  }
  return acknowledged;
}

const texts = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 40 });
const batchSizes = fc.integer({ min: 1, max: 10 });
const seeds = fc.integer({ min: 0, max: 4_294_967_295 });

describe('faults of queues', () => {
  it('change nothing with a share of nothing: the server hears the very same calls', async () => {
    await fc.assert(
      fc.asyncProperty(texts, batchSizes, seeds, async (bodies, batchSize, seed) => {
        const faults = createQueueFaults();
        for (const kind of queueFaultKinds) faults.set(kind, fault(0, seed));
        const heard: unknown[] = [];
        const call = faults.wrap(async (_action, input) => {
          heard.push(input);
          return { Successful: [] };
        });
        const sent: object[] = [];
        for (let at = 0; at < bodies.length; at += batchSize) {
          const Entries = bodies.slice(at, at + batchSize).map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
          sent.push({ QueueUrl: 'http://a/b', Entries });
        }
        for (const input of sent) await call('SendMessageBatch', { ...input });
        expect(heard).toEqual(sent);
      }),
    );
  });

  it('acknowledge everything, and what is in the queue is what the counts say', async () => {
    await fc.assert(
      fc.asyncProperty(texts, batchSizes, seeds, fc.integer({ min: 0, max: 100 }), async (bodies, batchSize, seed, percent) => {
        const queueUrl = await newQueue();
        const faults = createQueueFaults();
        for (const [index, kind] of queueFaultKinds.entries()) faults.set(kind, fault(percent / 100, (seed + index) % 4_294_967_295));
        const acknowledged = await sendAll(faults.wrap(server.call), queueUrl, bodies, batchSize);
        expect(acknowledged).toEqual(bodies.map((_, index) => `${index}`));
        const { visible, delayed } = await countsOf(queueUrl);
        const tally = (kind: QueueFaultKind) => faults.tallyOf(kind)!;
        for (const kind of queueFaultKinds) expect(tally(kind).seen).toBe(bodies.length);
        expect(visible + delayed).toBe(bodies.length - tally('drop').struck + tally('duplicate').struck);
        expect(delayed).toBeGreaterThanOrEqual(tally('delay').struck);
      }),
      { numRuns: 40 },
    );
  });

  it('strike the same messages with the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(texts, batchSizes, seeds, async (bodies, batchSize, seed) => {
        const left = async (): Promise<string[]> => {
          const queueUrl = await newQueue();
          const faults = createQueueFaults();
          faults.set('drop', fault(0.5, seed));
          await sendAll(faults.wrap(server.call), queueUrl, bodies, batchSize);
          return drain(queueUrl);
        };
        expect(await left()).toEqual(await left());
      }),
      { numRuns: 20 },
    );
  });

  it('strike about their share', async () => {
    const queueUrl = await newQueue();
    const faults = createQueueFaults();
    faults.set('drop', fault(0.1, 7));
    await sendAll(
      faults.wrap(server.call),
      queueUrl,
      Array.from({ length: 1000 }, () => 'a'),
      10,
    );
    // Four standard deviations, and the seed makes it the same each time.
    expect(Math.abs(faults.tallyOf('drop')!.struck - 100)).toBeLessThan(38);
  });

  it.each([
    ['drop', [], 0],
    ['delay', [], 3],
    ['duplicate', ['a', 'a', 'b', 'b', 'c', 'c'], 0],
  ] as const)('of kind %s do so to all of them with a share of one', async (kind, visible, delayed) => {
    const queueUrl = await newQueue();
    const faults = createQueueFaults();
    faults.set(kind, fault(1));
    await sendAll(faults.wrap(server.call), queueUrl, ['a', 'b'], 10);
    await faults.wrap(server.call)('SendMessage', { QueueUrl: queueUrl, MessageBody: 'c' });
    expect((await countsOf(queueUrl)).delayed).toBe(delayed);
    expect(await drain(queueUrl)).toEqual(visible);
    expect(faults.tallyOf(kind)).toEqual({ seen: 3, struck: 3 });
    faults.clear(kind);
    await sendAll(faults.wrap(server.call), queueUrl, ['free'], 1);
    expect(await drain(queueUrl)).toEqual(['free']);
  });

  it('answer for what is lost as the server does: digests of body and attributes', async () => {
    const queueUrl = await newQueue();
    const faults = createQueueFaults();
    const MessageAttributes = {
      zebra: { DataType: 'String', StringValue: 'stripes' },
      Count: { DataType: 'Number.int', StringValue: '7' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255, 1]).toString('base64') },
    };
    const input = { QueueUrl: queueUrl, MessageBody: 'text', MessageAttributes };
    const real = await server.call('SendMessage', input);
    faults.set('drop', fault(1));
    const { MessageId, ...digests } = (await faults.wrap(server.call)('SendMessage', input)) as Record<string, unknown>;
    expect(real).toMatchObject(digests);
    expect(Object.keys(digests).toSorted()).toEqual(['MD5OfMessageAttributes', 'MD5OfMessageBody']);
    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(digestOfAttributes({})).toBeUndefined();
  });

  it('leave refusals to the server: of a queue that is not there, of a batch that is none, of one entry', async () => {
    const queueUrl = await newQueue();
    const faults = createQueueFaults();
    faults.set('drop', fault(1));
    const call = faults.wrap(server.call);
    const gone = queueUrl.replace(/[^/]+$/, 'none');
    const entry = { Id: 'a', MessageBody: 'x' };
    await expect(call('SendMessage', { QueueUrl: gone, MessageBody: 'x' })).rejects.toMatchObject({ queueMissing: true });
    await expect(call('SendMessageBatch', { QueueUrl: gone, Entries: [entry] })).rejects.toMatchObject({ queueMissing: true });
    await expect(call('SendMessageBatch', { QueueUrl: queueUrl, Entries: [entry, entry] })).rejects.toMatchObject({
      code: expect.stringContaining('BatchEntryIdsNotDistinct'),
    });
    expect(faults.tallyOf('drop')).toEqual({ seen: 0, struck: 0 });
    faults.clear('drop');
    faults.set('duplicate', fault(1));
    const partial = await call('SendMessageBatch', { QueueUrl: queueUrl, Entries: [entry, { Id: 'b', MessageBody: '\u0000' }] });
    expect(partial).toMatchObject({ Successful: [{ Id: 'a' }], Failed: [{ Id: 'b', SenderFault: true }] });
    expect(await drain(queueUrl)).toEqual(['x', 'x']);
    expect(faults.tallyOf('duplicate')).toEqual({ seen: 1, struck: 1 });
  });

  it('leave FIFO queues alone', async () => {
    const created = await server.call('CreateQueue', { QueueName: 'one.fifo', Attributes: { FifoQueue: 'true' } });
    const { QueueUrl } = created as { QueueUrl: string };
    const faults = createQueueFaults();
    faults.set('drop', fault(1));
    await faults.wrap(server.call)('SendMessage', { QueueUrl, MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd' });
    expect(await drain(QueueUrl)).toEqual(['x']);
  });

  it('go on where they were when they are told once more, and begin anew when told otherwise', async () => {
    const queueUrl = await newQueue();
    const faults = createQueueFaults();
    faults.set('drop', fault(1));
    await sendAll(faults.wrap(server.call), queueUrl, ['a'], 1);
    faults.set('drop', fault(1));
    expect(faults.tallyOf('drop')).toEqual({ seen: 1, struck: 1 });
    faults.set('drop', fault(0.5));
    expect(faults.tallyOf('drop')).toEqual({ seen: 0, struck: 0 });
  });
});
