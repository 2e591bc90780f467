import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';

import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';

import { sqs } from '../../behaviours/sqs.ts';
import { startSqs } from '../../components/sqs.ts';
import { conformance } from '../../frame/conformance.ts';
import { bodiesOf, refusedAs, useQueues, type TestQueue } from './queue-of-test.ts';

const { target, shows, refuses, driver } = conformance(sqs, startSqs);
const queues = useQueues(target);

const MIB = 1_048_576;
const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
const remove = ({ client, url }: TestQueue, receipt: string | undefined): Promise<unknown> =>
  client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));
const hide = ({ client, url }: TestQueue, receipt: string | undefined, seconds: number): Promise<unknown> =>
  client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: seconds }));
const batch = ({ client, url }: TestQueue, entries: SendMessageBatchRequestEntry[]) =>
  client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
const entriesOf = (count: number): SendMessageBatchRequestEntry[] =>
  Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: `body ${index}` }));

/** Receives until there are `count` messages. */
async function take(queue: TestQueue, count: number, VisibilityTimeout = 30): ReturnType<TestQueue['receive']> {
  const taken = await queue.receive(5, { MaxNumberOfMessages: 10, VisibilityTimeout });
  while (taken.length < count) taken.push(...(await queue.receive(5, { MaxNumberOfMessages: 10, VisibilityTimeout })));
  return taken;
}

shows('send-receive-delete', async () => {
  const queue = await queues.make();
  const body = '<a href="x">&amp; 中文 ]]> \n\t';
  const sent = await queue.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body }));
  expect(sent.MD5OfMessageBody).toBe(createHash('md5').update(body).digest('hex'));
  const [message] = await queue.receive(5);
  expect(message).toMatchObject({ Body: body, MessageId: sent.MessageId, MD5OfBody: sent.MD5OfMessageBody });
  expect(await queue.receive()).toEqual([]);
  expect(await queue.attributes(...counts)).toEqual({ [counts[0]]: '0', [counts[1]]: '1' });
  await remove(queue, message?.ReceiptHandle);
  expect(await queue.attributes(...counts)).toEqual({ [counts[0]]: '0', [counts[1]]: '0' });
  // To delete again is no error.
  await remove(queue, message?.ReceiptHandle);
});

shows('system-attributes', async () => {
  const queue = await queues.make();
  const beforeMs = Date.now();
  await queue.send('x');
  const [message] = await queue.receive(5);
  const { ApproximateReceiveCount, SentTimestamp, ApproximateFirstReceiveTimestamp, SenderId } = message?.Attributes ?? {};
  expect(ApproximateReceiveCount).toBe('1');
  expect(SenderId).toMatch(/./);
  expect(Number(SentTimestamp)).toBeGreaterThanOrEqual(beforeMs - 1_000);
  expect(Number(ApproximateFirstReceiveTimestamp)).toBeGreaterThanOrEqual(Number(SentTimestamp));
  expect(Number(ApproximateFirstReceiveTimestamp)).toBeLessThanOrEqual(Date.now() + 1_000);
});

shows('message-attributes', async () => {
  const queue = await queues.make();
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: '中文' },
    number: { DataType: 'Number', StringValue: '12.5' },
    binary: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 7) },
  };
  await queue.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x', MessageAttributes }));
  // The client checks the answer's MD5 of the body; that of the attributes is told beside it.
  const [message] = await queue.receive(5);
  expect(message?.MessageAttributes).toMatchObject(MessageAttributes);
  expect(message?.MD5OfMessageAttributes).toMatch(/^[0-9a-f]{32}$/);
});

shows('batch-of-10', async () => {
  const queue = await queues.make();
  const sent = await batch(queue, entriesOf(10));
  expect(sent.Failed ?? []).toEqual([]);
  expect(sent.Successful?.map(({ Id }) => Id).sort()).toEqual(
    entriesOf(10)
      .map(({ Id }) => Id)
      .toSorted(),
  );
  const taken = await take(queue, 10);
  expect(bodiesOf(taken).sort()).toEqual(
    entriesOf(10)
      .map(({ MessageBody }) => MessageBody)
      .toSorted(),
  );
  const receipts = taken.map(({ ReceiptHandle }, index) => ({ Id: `r${index}`, ReceiptHandle }));
  const changed = receipts.map((entry) => ({ ...entry, VisibilityTimeout: 60 }));
  const { Successful = [] } = await queue.client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries: changed }));
  expect(Successful).toHaveLength(10);
  const deleted = await queue.client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: receipts }));
  expect(deleted.Successful).toHaveLength(10);
  expect(await queue.attributes(...counts)).toEqual({ [counts[0]]: '0', [counts[1]]: '0' });
});

shows('batch-refusals', async () => {
  const queue = await queues.make();
  await expect(batch(queue, entriesOf(11))).rejects.toMatchObject({ name: 'TooManyEntriesInBatchRequest' });
  await expect(batch(queue, [])).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
  const twice = entriesOf(2).map((entry) => ({ ...entry, Id: 'same' }));
  await expect(batch(queue, twice)).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
  await expect(batch(queue, [{ Id: 'not an id', MessageBody: 'x' }])).rejects.toMatchObject({ name: 'InvalidBatchEntryId' });
  expect(await queue.attributes(counts[0])).toEqual({ [counts[0]]: '0' });
});

const REFUSED_TEXT = 'a\u0001b';
shows('batch-partial', async () => {
  const queue = await queues.make();
  const entries = entriesOf(3).map((entry) => (entry.Id === 'e1' ? { ...entry, MessageBody: REFUSED_TEXT } : entry));
  const { Successful = [], Failed = [] } = await batch(queue, entries);
  expect(Successful.map(({ Id }) => Id).sort()).toEqual(['e0', 'e2']);
  expect(Failed).toMatchObject([{ Id: 'e1', SenderFault: driver === 'embedded', Code: 'InvalidMessageContents' }]);
  expect(bodiesOf(await take(queue, 2)).sort()).toEqual(['body 0', 'body 2']);
});

shows('batch-too-long', async () => {
  const queue = await queues.make();
  const half = 'x'.repeat(MIB / 2);
  const entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: half }));
  expect((await batch(queue, entries)).Successful).toHaveLength(2);
  await expect(batch(queue, [...entries, { Id: 'c', MessageBody: 'x' }])).rejects.toMatchObject({ name: 'BatchRequestTooLong' });
});

shows('delete-partial', async () => {
  const queue = await queues.make();
  await queue.send('x');
  const [message] = await queue.receive(5);
  const Entries = [
    { Id: 'good', ReceiptHandle: message?.ReceiptHandle },
    { Id: 'bad', ReceiptHandle: 'no-receipt-at-all' },
  ];
  const { Successful, Failed } = await queue.client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
  expect(Successful).toEqual([{ Id: 'good' }]);
  expect(Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }]);
});

shows('size-limit', async () => {
  const queue = await queues.make();
  await queue.send('x'.repeat(MIB));
  expect((await queue.receive(5))[0]?.Body).toHaveLength(MIB);
  await expect(queue.send('x'.repeat(MIB + 1))).rejects.toMatchObject(refusedAs('InvalidParameterValue'));
});

shows('text-beyond-bmp', async () => {
  const queue = await queues.make();
  await queue.send('𠮷 🏮');
  expect(bodiesOf(await queue.receive(5))).toEqual(['𠮷 🏮']);
});
refuses('text-beyond-bmp', async () => {
  const queue = await queues.make();
  await expect(queue.send('𠮷 🏮')).rejects.toMatchObject(refusedAs('InvalidMessageContents'));
});

shows('text-refused', async () => {
  const queue = await queues.make();
  for (const text of [REFUSED_TEXT, 'a\0b', 'a\uFFFEb']) {
    await expect(queue.send(text), JSON.stringify(text)).rejects.toMatchObject(refusedAs('InvalidMessageContents'));
  }
});

shows('long-poll-wakes', async () => {
  const queue = await queues.make();
  let wokenMs = Number.POSITIVE_INFINITY;
  // The best of a few: how late a busy machine is says nothing about the queue.
  for (let round = 0; round < 4 && wokenMs > 500; round += 1) {
    const waiting = queue.receive(20);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const sentMs = performance.now();
    await queue.send(`wake up ${round}`);
    expect(bodiesOf(await waiting)).toEqual([`wake up ${round}`]);
    wokenMs = Math.min(wokenMs, performance.now() - sentMs);
  }
  expect(wokenMs).toBeLessThanOrEqual(1_000);
});

shows('long-poll-ends', async () => {
  const queue = await queues.make();
  const startMs = performance.now();
  expect(await queue.receive(2)).toEqual([]);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_900);
  expect(performance.now() - startMs).toBeLessThanOrEqual(6_000);
});

shows('visibility-expires', async () => {
  const queue = await queues.make({ VisibilityTimeout: '1' });
  await queue.send('again');
  const [first] = await queue.receive(5);
  expect(await queue.receive()).toEqual([]);
  const [second] = await queue.receive(10);
  expect(second).toMatchObject({ MessageId: first?.MessageId, Body: 'again', Attributes: { ApproximateReceiveCount: '2' } });
  expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
});

shows('visibility-change', async () => {
  const queue = await queues.make({ VisibilityTimeout: '2' });
  await queue.send('x');
  const [first] = await queue.receive(5);
  await hide(queue, first?.ReceiptHandle, 30);
  // Longer than its own timeout, and it has not come.
  expect(await queue.receive(4)).toEqual([]);
  await hide(queue, first?.ReceiptHandle, 0);
  expect(await queue.receive(5)).toMatchObject([{ MessageId: first?.MessageId }]);
});

shows('visibility-limit', async () => {
  const queue = await queues.make();
  await queue.send('x');
  const [message] = await queue.receive(5);
  await expect(hide(queue, message?.ReceiptHandle, 43_201)).rejects.toMatchObject(refusedAs('InvalidParameterValue'));
  await hide(queue, message?.ReceiptHandle, 43_200);
});

shows('visibility-not-in-flight', async () => {
  const queue = await queues.make();
  await queue.send('x');
  const [message] = await queue.receive(5);
  await hide(queue, message?.ReceiptHandle, 0);
  await expect(hide(queue, message?.ReceiptHandle, 10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
});

shows('receipt-invalid', async () => {
  const queue = await queues.make();
  const byDelete = remove(queue, 'no-receipt-at-all');
  if (driver === 'docker') await expect(byDelete).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  else await byDelete;
  const name = driver === 'docker' ? 'ReceiptHandleIsInvalid' : 'MessageNotInflight';
  await expect(hide(queue, 'no-receipt-at-all', 5)).rejects.toMatchObject({ name });
});

/** Receives one message and waits until its visibility, of a second, has run out. */
async function receiveAndExpire(queue: TestQueue): Promise<string | undefined> {
  await queue.send('x');
  const [message] = await queue.receive(5, { VisibilityTimeout: 1 });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  return message?.ReceiptHandle;
}

shows('receipt-after-expiry', async () => {
  const queue = await queues.make();
  await remove(queue, await receiveAndExpire(queue));
  expect(await queue.receive(2)).toEqual([]);
});

shows('count-after-expiry', async () => {
  const queue = await queues.make();
  await receiveAndExpire(queue);
  const [waiting, hidden] = driver === 'docker' ? ['1', '0'] : ['0', '1'];
  expect(await queue.attributes(...counts)).toEqual({ [counts[0]]: waiting, [counts[1]]: hidden });
  await queue.receive(5, { VisibilityTimeout: 0 });
  await expect.poll(async () => (await queue.receive(1, { VisibilityTimeout: 0 })).length).toBe(1);
});

shows('receipt-superseded', async () => {
  const queue = await queues.make();
  const old = await receiveAndExpire(queue);
  expect(await queue.receive(10, { VisibilityTimeout: 2 })).toHaveLength(1);
  await remove(queue, old);
  expect(await queue.receive(10)).toHaveLength(driver === 'docker' ? 0 : 1);
});

shows('error-names', async () => {
  const queue = await queues.make();
  const prefix = driver === 'docker' ? '' : 'AWS.SimpleQueueService.';
  await expect(queue.send(REFUSED_TEXT)).rejects.toMatchObject({ name: `${prefix}InvalidMessageContents` });
  await expect(queue.send('x'.repeat(MIB + 1))).rejects.toMatchObject({ name: `${prefix}InvalidParameterValue` });
});
