import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

// Alibaba's own client judges the gateway: it signs, writes and parses independently of it.

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const md5Upper = (text: string): string => createHash('md5').update(text).digest('hex').toUpperCase();

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await startGatewayFixture();
});
afterAll(() => gateway.close());

let queues = 0;
async function newQueue(attributes: Record<string, number> = {}): Promise<string> {
  queues += 1;
  const name = `conformance-${queues}`;
  await gateway.client.createQueue(name, attributes);
  return name;
}

describe('queues', () => {
  it('are created, found identical, and found different', async () => {
    const created = await gateway.client.createQueue('orders', { VisibilityTimeout: 45 });
    expect(created.code).toBe(201);
    expect(created.headers['location']).toBe(`${gateway.url}/queues/orders`);
    expect((await gateway.client.createQueue('orders', { VisibilityTimeout: 45 })).code).toBe(204);
    await expect(gateway.client.createQueue('orders', { VisibilityTimeout: 46 })).rejects.toMatchObject({
      name: 'MNSQueueAlreadyExistError',
    });
  });

  it('tell their attributes and change them', async () => {
    const queue = await newQueue({ DelaySeconds: 3, PollingWaitSeconds: 2, MaximumMessageSize: 2048, MessageRetentionPeriod: 120 });
    expect((await gateway.client.setQueueAttributes(queue, { VisibilityTimeout: 77, LoggingEnabled: true })).code).toBe(204);
    const { code, body } = await gateway.client.getQueueAttributes(queue);
    expect(code).toBe(200);
    expect(body).toMatchObject({
      QueueName: queue,
      DelaySeconds: '3',
      PollingWaitSeconds: '2',
      MaximumMessageSize: '2048',
      MessageRetentionPeriod: '120',
      VisibilityTimeout: '77',
      LoggingEnabled: 'True',
      ActiveMessages: '0',
      InactiveMessages: '0',
      DelayMessages: '0',
    });
    expect(Math.abs(Number(body['CreateTime']) - Date.now() / 1000)).toBeLessThan(60);
  });

  it('count what waits, is in hand and is delayed', async () => {
    const queue = await newQueue();
    await gateway.client.batchSendMessage(queue, [
      { MessageBody: 'YQ==' },
      { MessageBody: 'Yg==' },
      { MessageBody: 'Yw==', DelaySeconds: 600 },
    ]);
    await gateway.client.receiveMessage(queue);
    expect((await gateway.client.getQueueAttributes(queue)).body).toMatchObject({
      ActiveMessages: '1',
      InactiveMessages: '1',
      DelayMessages: '1',
    });
  });

  it('are listed by prefix, a page at a time', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await gateway.client.createQueue(name);
    const page = await gateway.client.listQueue('list-a', 1, 'list-');
    expect(page.body).toEqual([{ QueueURL: `${gateway.url}/queues/list-b` }]);
    expect((await gateway.client.listQueue('list-b', 10, 'list-')).body).toEqual([{ QueueURL: `${gateway.url}/queues/list-c` }]);
  });

  it('are deleted, and their names are not free at once', async () => {
    const queue = await newQueue();
    expect((await gateway.client.deleteQueue(queue)).code).toBe(204);
    await expect(gateway.client.sendMessage(queue, { MessageBody: 'YQ==' })).rejects.toMatchObject({ name: 'MNSQueueNotExistError' });
    await expect(gateway.client.createQueue(queue)).rejects.toMatchObject({ name: 'MNSQueueDeletedRecentlyError' });
    gateway.advanceMs(61_000);
    expect((await gateway.client.createQueue(queue)).code).toBe(201);
    gateway.advanceMs(-61_000);
  });
});

describe('messages', () => {
  it('go through one at a time', async () => {
    const queue = await newQueue();
    const body = base64('{"entity":"product"}');
    const sent = await gateway.client.sendMessage(queue, { MessageBody: body });
    expect(sent.code).toBe(201);
    expect(sent.body['MessageBodyMD5']).toBe(md5Upper(body));

    const beforeMs = Date.now();
    const received = await gateway.client.receiveMessage(queue);
    expect(received.body).toMatchObject({
      MessageId: sent.body['MessageId'],
      MessageBody: body,
      MessageBodyMD5: md5Upper(body),
      DequeueCount: '1',
      Priority: '8',
    });
    expect(Number(received.body['EnqueueTime'])).toBeLessThanOrEqual(Number(received.body['FirstDequeueTime']));
    expect(Number(received.body['NextVisibleTime'])).toBeGreaterThanOrEqual(beforeMs + 29_000);

    const handle = received.body['ReceiptHandle'] ?? '';
    expect((await gateway.client.deleteMessage(queue, handle)).code).toBe(204);
    await expect(gateway.client.deleteMessage(queue, handle)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
    await expect(gateway.client.receiveMessage(queue)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
  });

  it('go through sixteen at a time, more than SQS servers take in one call', async () => {
    const queue = await newQueue();
    const bodies = Array.from({ length: 16 }, (_, index) => base64(`message ${index}`));
    const sent = await gateway.client.batchSendMessage(
      queue,
      bodies.map((body) => ({ MessageBody: body })),
    );
    expect(sent.code).toBe(201);
    expect(sent.body.map((entry) => entry['MessageBodyMD5'])).toEqual(bodies.map(md5Upper));

    const received = await gateway.client.batchReceiveMessage(queue, 16);
    expect(received.body.map((message) => message['MessageBody']).sort()).toEqual([...bodies].sort());
    const handles = received.body.map((message) => message['ReceiptHandle'] ?? '');
    expect((await gateway.client.batchDeleteMessage(queue, handles)).code).toBe(204);
    expect((await gateway.client.getQueueAttributes(queue)).body).toMatchObject({ ActiveMessages: '0', InactiveMessages: '0' });
  });

  it('are deleted as far as possible when one handle of a batch is stale', async () => {
    const queue = await newQueue();
    await gateway.client.batchSendMessage(queue, [{ MessageBody: 'YQ==' }, { MessageBody: 'Yg==' }]);
    const { body } = await gateway.client.batchReceiveMessage(queue, 2);
    const [first = '', second = ''] = body.map((message) => message['ReceiptHandle'] ?? '');
    await gateway.client.deleteMessage(queue, first);
    const answer = await gateway.client.batchDeleteMessage(queue, [first, second, 'not-a-handle']);
    expect(answer.code).toBe(404);
    expect(answer.body).toMatchObject([
      { ErrorCode: 'MessageNotExist', ReceiptHandle: first },
      { ErrorCode: 'ReceiptHandleError', ReceiptHandle: 'not-a-handle' },
    ]);
    expect((await gateway.client.getQueueAttributes(queue)).body).toMatchObject({ InactiveMessages: '0' });
  });

  it('get a new handle when their visibility changes, and the old one is void', async () => {
    const queue = await newQueue({ VisibilityTimeout: 5 });
    await gateway.client.sendMessage(queue, { MessageBody: 'YQ==' });
    const old = (await gateway.client.receiveMessage(queue)).body['ReceiptHandle'] ?? '';
    const changed = await gateway.client.changeMessageVisibility(queue, old, 600);
    expect(changed.code).toBe(200);
    const renewed = changed.body['ReceiptHandle'] ?? '';
    expect(renewed).not.toBe(old);
    expect(Number(changed.body['NextVisibleTime'])).toBeGreaterThan(Date.now() + 500_000);
    await expect(gateway.client.changeMessageVisibility(queue, old, 600)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
    await expect(gateway.client.deleteMessage(queue, old)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
    gateway.advanceMs(500_000);
    expect((await gateway.client.deleteMessage(queue, renewed)).code).toBe(204);
    gateway.advanceMs(-500_000);
  });

  it('cannot be settled with a handle that has expired', async () => {
    const queue = await newQueue({ VisibilityTimeout: 10 });
    await gateway.client.sendMessage(queue, { MessageBody: 'YQ==' });
    const handle = (await gateway.client.receiveMessage(queue)).body['ReceiptHandle'] ?? '';
    gateway.advanceMs(10_000);
    await expect(gateway.client.deleteMessage(queue, handle)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
    await expect(gateway.client.changeMessageVisibility(queue, handle, 30)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
    gateway.advanceMs(-10_000);
  });

  it('cannot be peeked at, prioritised or published to a topic here, and that is said', async () => {
    const queue = await newQueue();
    const notSimulated = { name: 'MNSNotSimulatedError' };
    await expect(gateway.client.peekMessage(queue)).rejects.toMatchObject(notSimulated);
    await expect(gateway.client.batchPeekMessage(queue, 2)).rejects.toMatchObject(notSimulated);
    await expect(gateway.client.sendMessage(queue, { MessageBody: 'YQ==', Priority: 1 })).rejects.toMatchObject(notSimulated);
    await expect(gateway.client.publishMessage('topic', { MessageBody: 'YQ==' })).rejects.toMatchObject(notSimulated);
    expect((await gateway.client.sendMessage(queue, { MessageBody: 'YQ==', Priority: 8 })).code).toBe(201);
  });
});
