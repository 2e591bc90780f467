import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureQueue } from './ensure-queue.ts';
import { startSqs, type SqsServer } from './fauxqs.ts';
import { createHttpCall } from './http-call.ts';
import { startSweeping, sweepOnce } from './sweep.ts';

let server: SqsServer;
let client: SQSClient;

beforeEach(async () => {
  server = await startSqs({ port: 0, region: 'eu-west-1', queues: ['work', 'other'] });
  client = new SQSClient({
    region: 'eu-west-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

async function queueUrl(name = 'work'): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl ?? '';
}

async function receive(waitS = 0): Promise<{ body: string | undefined; handle: string | undefined } | undefined> {
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: await queueUrl(), WaitTimeSeconds: waitS }));
  const [message] = Messages ?? [];
  return message && { body: message.Body, handle: message.ReceiptHandle };
}

describe("AWS's own client", () => {
  it('is told queue URLs at the address by which it has called, and may call them', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const endpoint = `http://${host}:${new URL(server.url).port}`;
      const named = new SQSClient({ region: 'eu-west-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
      const made = await named.send(new CreateQueueCommand({ QueueName: 'made' }));
      expect(made.QueueUrl).toBe(`${endpoint}/000000000000/made`);
      expect((await named.send(new ListQueuesCommand({}))).QueueUrls).toContain(made.QueueUrl);
      await named.send(new SendMessageCommand({ QueueUrl: made.QueueUrl, MessageBody: host }));
      named.destroy();
    }
  });

  it('sends, receives and deletes', async () => {
    const QueueUrl = await queueUrl();
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
    const received = await receive();
    expect(received?.body).toBe('one');
    expect(await receive()).toBeUndefined();
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: received?.handle }));
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('may send ten in a batch and no more', async () => {
    const QueueUrl = await queueUrl();
    const batch = (size: number): SendMessageBatchCommand =>
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: Array.from({ length: size }, (_, index) => ({ Id: `${index}`, MessageBody: 'a' })),
      });
    expect((await client.send(batch(10))).Successful).toHaveLength(10);
    await expect(client.send(batch(11))).rejects.toMatchObject({ name: 'TooManyEntriesInBatchRequest' });
  });

  it('is told of a queue that is not there', async () => {
    await expect(queueUrl('none')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});

describe('ensureQueue', () => {
  it('creates a queue, and leaves one alone that has settings of its own', async () => {
    await ensureQueue(server.call, 'new');
    const url = await queueUrl('new');
    await server.call('SetQueueAttributes', { QueueUrl: url, Attributes: { VisibilityTimeout: '77' } });
    await ensureQueue(server.call, 'new');
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['VisibilityTimeout'] }));
    expect(Attributes).toEqual({ VisibilityTimeout: '77' });
  });
});

it('listens on the loopback interface alone', () => {
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
});

describe('the sweep schedule', () => {
  const encode = (text: string): string => text;

  it('puts a sweep into an empty queue and none into one where messages wait', async () => {
    expect(await sweepOnce({ call: server.call, encode }, 'work')).toBe(true);
    expect(await sweepOnce({ call: server.call, encode }, 'work')).toBe(false);
    const received = await receive();
    expect(JSON.parse(received?.body ?? '')).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: 'scheduler',
      type: 'madeinworld.sync.sweep.v1',
    });
    // A sweep that somebody is working on does not hold back the next.
    expect(await sweepOnce({ call: server.call, encode }, 'work')).toBe(true);
  });

  it('goes on by itself, over HTTP too, until stopped', async () => {
    const backend = createHttpCall(server.url, 'eu-west-1');
    const schedule = startSweeping({
      call: backend.call,
      queues: ['other', 'work'],
      intervalMs: 5,
      encode: (text) => Buffer.from(text).toString('base64'),
      onFault: (fault) => expect.fail(String(fault)),
    });
    for (let round = 0; round < 2; round += 1) {
      const received = await receive(10);
      expect(Buffer.from(received?.body ?? '', 'base64').toString()).toContain('madeinworld.sync.sweep.v1');
    }
    schedule.stop();
    await backend.close();
  });

  it('tells of an outage once, and goes on after it', async () => {
    const faults: unknown[] = [];
    let calls = 0;
    const schedule = startSweeping({
      call: (action, input) => (++calls <= 3 ? Promise.reject(new Error('outage')) : server.call(action, input)),
      queues: ['work'],
      intervalMs: 5,
      encode,
      onFault: (fault) => faults.push(fault),
    });
    expect((await receive(10))?.body).toContain('sweep');
    schedule.stop();
    expect(faults).toHaveLength(1);
  });
});
