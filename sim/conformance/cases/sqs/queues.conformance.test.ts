import { performance } from 'node:perf_hooks';

import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';

import { sqs } from '../../behaviours/sqs.ts';
import { startSqs } from '../../components/sqs.ts';
import { conformance } from '../../frame/conformance.ts';
import { bodiesOf, refusedAs, useQueues, type TestQueue } from './queue-of-test.ts';

const { target, shows, refuses, driver } = conformance(sqs, startSqs);
const queues = useQueues(target);

const arnOf = async (queue: TestQueue): Promise<string> => (await queue.attributes('QueueArn'))['QueueArn'] ?? '';

async function deadLetterPair(): Promise<{ work: TestQueue; dead: TestQueue }> {
  const dead = await queues.make();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await arnOf(dead), maxReceiveCount: 2 });
  return { work: await queues.make({ VisibilityTimeout: '0', RedrivePolicy }), dead };
}

shows('delay', async () => {
  const slow = await queues.make({ DelaySeconds: '2' });
  const usual = await queues.make();
  const startMs = performance.now();
  await Promise.all([slow.send('by the queue'), usual.send('by the message', { DelaySeconds: 2 })]);
  expect(await slow.attributes('ApproximateNumberOfMessagesDelayed')).toEqual({ ApproximateNumberOfMessagesDelayed: '1' });
  expect([...(await slow.receive()), ...(await usual.receive())]).toEqual([]);
  const received = await Promise.all([slow.receive(10), usual.receive(10)]);
  expect(bodiesOf(received.flat())).toEqual(['by the queue', 'by the message']);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_900);
});

shows('dead-letters', async () => {
  const { work, dead } = await deadLetterPair();
  const id = await work.send('poison');
  expect(await work.receive(5)).toMatchObject([{ MessageId: id, Attributes: { ApproximateReceiveCount: '1' } }]);
  expect(await work.receive(5)).toMatchObject([{ MessageId: id, Attributes: { ApproximateReceiveCount: '2' } }]);
  expect(await work.receive(1)).toEqual([]);
  expect(await dead.receive(10)).toMatchObject([{ MessageId: id, Body: 'poison' }]);
});

shows('dead-letters-back', async () => {
  const { work, dead } = await deadLetterPair();
  await work.send('poison');
  for (let round = 0; round < 3; round += 1) await work.receive(1);
  await expect.poll(() => dead.attributes('ApproximateNumberOfMessages')).toEqual({ ApproximateNumberOfMessages: '1' });
  const { TaskHandle } = await dead.client.send(new StartMessageMoveTaskCommand({ SourceArn: await arnOf(dead) }));
  expect(TaskHandle).toMatch(/./);
  expect(bodiesOf(await work.receive(10))).toEqual(['poison']);
  await expect.poll(() => dead.attributes('ApproximateNumberOfMessages')).toEqual({ ApproximateNumberOfMessages: '0' });
});

refuses('dead-letters-back', async () => {
  const { dead } = await deadLetterPair();
  await expect(dead.client.send(new StartMessageMoveTaskCommand({ SourceArn: await arnOf(dead) }))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'Unknown action: StartMessageMoveTask',
  });
});

shows('attributes', async () => {
  const queue = await queues.make({ VisibilityTimeout: '77', MessageRetentionPeriod: '3600' });
  expect(await queue.attributes('All')).toMatchObject({
    VisibilityTimeout: '77',
    MessageRetentionPeriod: '3600',
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    QueueArn: `arn:aws:sqs:eu-west-1:000000000000:${queue.name}`,
    CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
  });
  await queue.client.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { VisibilityTimeout: '5' } }));
  expect(await queue.attributes('VisibilityTimeout')).toEqual({ VisibilityTimeout: '5' });
  await queue.send('a');
  await queue.send('b');
  await queue.receive(5);
  expect(await queue.attributes('ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible')).toEqual({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
  });
});

shows('create-again', async () => {
  const queue = await queues.make({ VisibilityTimeout: '77' });
  const create = (VisibilityTimeout: string) =>
    queue.client.send(new CreateQueueCommand({ QueueName: queue.name, Attributes: { VisibilityTimeout } }));
  expect((await create('77')).QueueUrl).toBe(queue.url);
  await expect(create('78')).rejects.toMatchObject(refusedAs('Queue(AlreadyExists|NameExists)'));
});

shows('missing-queue', async () => {
  const queue = await queues.make();
  await expect(queue.client.send(new GetQueueUrlCommand({ QueueName: 'no-such-queue' }))).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
  });
  const elsewhere = queue.url.replace(queue.name, 'no-such-queue');
  await expect(queue.client.send(new DeleteMessageCommand({ QueueUrl: elsewhere, ReceiptHandle: 'x' }))).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
  });
});

shows('list', async () => {
  const made = await Promise.all([queues.make(), queues.make(), queues.make()]);
  const listed: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await queues.client().send(new ListQueuesCommand({ MaxResults: 2, ...(NextToken === undefined ? {} : { NextToken }) }));
    expect(page.QueueUrls?.length).toBeLessThanOrEqual(2);
    listed.push(...(page.QueueUrls ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(listed).toEqual(expect.arrayContaining(made.map(({ url }) => url)));
  expect(new Set(listed).size).toBe(listed.length);
  const [first] = made;
  const byPrefix = await queues.client().send(new ListQueuesCommand({ QueueNamePrefix: first?.name.slice(0, 20) ?? '' }));
  expect(byPrefix.QueueUrls).toEqual([first?.url]);
});

shows('purge', async () => {
  const queue = await queues.make();
  for (const body of ['a', 'b', 'c']) await queue.send(body);
  const [hidden] = await queue.receive(5, { VisibilityTimeout: 2 });
  expect(hidden).toBeDefined();
  await queue.client.send(new PurgeQueueCommand({ QueueUrl: queue.url }));
  // Beyond the visibility timeout of the hidden one.
  expect(await queue.receive(4)).toEqual([]);
  expect(await queue.attributes('ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible')).toEqual({
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
  });
});

shows('delete-queue', async () => {
  const queue = await queues.make();
  await queue.send('x');
  await queue.client.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
  await expect(queue.receive()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});

const grouped = (MessageGroupId: string, MessageDeduplicationId: string) => ({ MessageGroupId, MessageDeduplicationId });
const remove = ({ client, url }: TestQueue, receipt: string | undefined): Promise<unknown> =>
  client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));

/** Receives and deletes until nothing is left. */
async function drain(queue: TestQueue): Promise<(string | undefined)[]> {
  const bodies: (string | undefined)[] = [];
  for (;;) {
    const messages = await queue.receive(1, { MaxNumberOfMessages: 10 });
    if (messages.length === 0) return bodies;
    for (const message of messages) await remove(queue, message.ReceiptHandle);
    bodies.push(...bodiesOf(messages));
  }
}

shows('fifo-order', async () => {
  const queue = await queues.make({ FifoQueue: 'true', VisibilityTimeout: '30' });
  for (const body of ['a1', 'b1', 'a2', 'a3']) await queue.send(body, grouped(body.slice(0, 1), body));
  const [first] = await queue.receive(5, { MaxNumberOfMessages: 1 });
  expect(first?.Body).toBe('a1');
  // a is held back by its first message; b is not.
  expect(await drain(queue)).toEqual(['b1']);
  await remove(queue, first?.ReceiptHandle);
  const [second] = await queue.receive(5, { MaxNumberOfMessages: 1 });
  expect(second?.Body).toBe('a2');
  expect(BigInt(second?.Attributes?.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first?.Attributes?.SequenceNumber ?? 0));
  await remove(queue, second?.ReceiptHandle);
  expect(await drain(queue)).toEqual(['a3']);
});

shows('fifo-batch', async () => {
  const queue = await queues.make({ FifoQueue: 'true' });
  for (const body of ['a1', 'a2', 'b1']) await queue.send(body, grouped(body.slice(0, 1), body));
  expect(bodiesOf(await queue.receive(5, { MaxNumberOfMessages: 10 }))).toEqual(driver === 'docker' ? ['a1', 'a2', 'b1'] : ['a1', 'b1']);
});

shows('fifo-deduplication', async () => {
  const byId = await queues.make({ FifoQueue: 'true' });
  const [one, two] = [await byId.send('x', grouped('g', 'same')), await byId.send('y', grouped('g', 'same'))];
  expect(two).toBe(one);
  expect(await drain(byId)).toEqual(['x']);
  const byContent = await queues.make({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  for (const body of ['x', 'x', 'y']) await byContent.send(body, { MessageGroupId: 'g' });
  expect(await drain(byContent)).toEqual(['x', 'y']);
});

shows('fifo-refusals', async () => {
  const queue = await queues.make({ FifoQueue: 'true' });
  await expect(queue.send('x', { MessageDeduplicationId: 'd' })).rejects.toMatchObject(refusedAs('MissingParameter'));
  await expect(queue.send('x', { MessageGroupId: 'g' })).rejects.toMatchObject(refusedAs('InvalidParameterValue'));
  const misnamed = new CreateQueueCommand({ QueueName: 'not-so-named', Attributes: { FifoQueue: 'true' } });
  await expect(queue.client.send(misnamed)).rejects.toMatchObject(refusedAs('InvalidParameterValue'));
});
