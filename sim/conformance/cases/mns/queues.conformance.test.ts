import { expect } from 'vitest';

import { xmlOf } from '#standins/mns/signed-request.ts';
import { mns } from '../../behaviours/mns.ts';
import { startMns } from '../../components/mns.ts';
import { conformance } from '../../frame/conformance.ts';
import { callControl } from './control-client.ts';
import { newName, newQueue, request, vendorClient, withOwnGateway } from './clients.ts';

const { target, shows, refuses } = conformance(mns, startMns);
const client = () => vendorClient(target());

const control = (action: string, query: Parameters<typeof callControl>[2], secretAccessKey = target().accessKey.secretAccessKey) =>
  callControl({ url: target().url, accessKey: { ...target().accessKey, secretAccessKey } }, action, query);

shows('create-queue', async () => {
  const name = newName();
  const created = await client().createQueue(name, { VisibilityTimeout: 45 });
  expect(created.code).toBe(201);
  expect(created.headers['location']).toBe(`${target().url}/queues/${name}`);
  expect((await client().createQueue(name, { VisibilityTimeout: 45 })).code).toBe(204);
  await expect(client().createQueue(name, { VisibilityTimeout: 46 })).rejects.toMatchObject({ name: 'MNSQueueAlreadyExistError' });
});

shows('delete-queue', async () => {
  const queue = await newQueue(client());
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  const handle = (await client().receiveMessage(queue)).body['ReceiptHandle'] ?? '';
  expect((await client().deleteQueue(queue)).code).toBe(204);
  await expect(client().sendMessage(queue, { MessageBody: 'YQ==' })).rejects.toMatchObject({ name: 'MNSQueueNotExistError' });
  await expect(client().deleteMessage(queue, handle)).rejects.toMatchObject({ name: 'MNSQueueNotExistError' });
  expect((await client().deleteQueue(queue)).code).toBe(204);
});

shows('name-recently-deleted', () =>
  withOwnGateway(target(), {}, async (gateway) => {
    const queue = await newQueue(gateway.client);
    await gateway.client.deleteQueue(queue);
    await expect(gateway.client.createQueue(queue)).rejects.toMatchObject({ name: 'MNSQueueDeletedRecentlyError' });
    gateway.advanceMs(61_000);
    expect((await gateway.client.createQueue(queue)).code).toBe(201);
  }),
);

shows('queue-attributes', async () => {
  const attributes = { DelaySeconds: 3, PollingWaitSeconds: 2, MaximumMessageSize: 2048, MessageRetentionPeriod: 120 };
  const queue = await newQueue(client(), attributes);
  expect((await client().setQueueAttributes(queue, { VisibilityTimeout: 77, LoggingEnabled: true })).code).toBe(204);
  const { code, body } = await client().getQueueAttributes(queue);
  expect(code).toBe(200);
  const kept = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
  expect(body).toMatchObject({ QueueName: queue, ...kept, VisibilityTimeout: '77', LoggingEnabled: 'True' });
  expect(Math.abs(Number(body['CreateTime']) - Date.now() / 1000)).toBeLessThan(60);
  expect(Number(body['LastModifyTime'])).toBeGreaterThanOrEqual(Number(body['CreateTime']));
  const tooLong = client().sendMessage(queue, { MessageBody: 'a'.repeat(2049) });
  await expect(tooLong).rejects.toMatchObject({ name: 'MNSInvalidArgumentError' });
});

shows('attribute-ranges', async () => {
  const limits = {
    DelaySeconds: [0, 604_800],
    MaximumMessageSize: [1024, 65_536],
    MessageRetentionPeriod: [60, 604_800],
    VisibilityTimeout: [1, 43_200],
    PollingWaitSeconds: [0, 30],
  };
  const queue = await newQueue(client());
  for (const [name, [min = 0, max = 0]] of Object.entries(limits)) {
    for (const good of [min, max]) expect((await client().setQueueAttributes(queue, { [name]: good })).code).toBe(204);
    for (const bad of [min - 1, max + 1, 'many', '']) {
      await expect(client().setQueueAttributes(queue, { [name]: bad }), `${name} ${bad}`).rejects.toMatchObject({
        name: 'MNSInvalidArgumentError',
      });
      await expect(client().createQueue(newName(), { [name]: bad })).rejects.toMatchObject({ name: 'MNSInvalidArgumentError' });
    }
  }
  await expect(client().setQueueAttributes(queue, { LoggingEnabled: 'perhaps' })).rejects.toMatchObject({
    name: 'MNSInvalidArgumentError',
  });
});

shows('settings-kept', () =>
  withOwnGateway(target(), {}, async (restarted) => {
    const queue = await newQueue(client(), { VisibilityTimeout: 77 });
    expect((await client().getQueueAttributes(queue)).body).toMatchObject({ VisibilityTimeout: '77' });
    expect((await restarted.client.getQueueAttributes(queue)).body).toMatchObject({ VisibilityTimeout: '30' });
  }),
);

shows('message-counts', async () => {
  const queue = await newQueue(client());
  await client().batchSendMessage(queue, [{ MessageBody: 'YQ==' }, { MessageBody: 'Yg==' }, { MessageBody: 'Yw==', DelaySeconds: 600 }]);
  await client().receiveMessage(queue);
  const counts = { ActiveMessages: '1', InactiveMessages: '1', DelayMessages: '1' };
  expect((await client().getQueueAttributes(queue)).body).toMatchObject(counts);
});

shows('list-queues', async () => {
  const prefix = newName();
  for (const end of ['a', 'b', 'c']) await client().createQueue(`${prefix}-${end}`);
  const urlOf = (end: string) => ({ QueueURL: `${target().url}/queues/${prefix}-${end}` });
  expect((await client().listQueue(`${prefix}-a`, 1, prefix)).body).toEqual([urlOf('b')]);
  expect((await client().listQueue(`${prefix}-b`, 10, prefix)).body).toEqual([urlOf('c')]);
  const list = (headers: Record<string, string>) => request(target(), { method: 'GET', target: '/queues', headers });
  const first = await list({ 'x-mns-prefix': prefix, 'x-mns-ret-number': '2', 'x-mns-with-meta': 'true' });
  expect([first.status, first.field('NextMarker'), first.field('VisibilityTimeout')]).toEqual([200, `${prefix}-b`, '30']);
  const last = await list({ 'x-mns-prefix': prefix, 'x-mns-marker': `${prefix}-b` });
  expect([last.field('QueueURL'), last.field('NextMarker')]).toEqual([urlOf('c').QueueURL, undefined]);
  for (const headers of [{ 'x-mns-ret-number': '0' }, { 'x-mns-ret-number': '1001' }, { 'x-mns-marker': 'no name' }])
    expect((await list(headers)).field('Code')).toBe('InvalidArgument');
});

shows('queue-names', async () => {
  const longest = `${newName()}${'q'.repeat(120)}`.slice(0, 120);
  expect((await client().createQueue(longest)).code).toBe(201);
  await client().sendMessage(longest, { MessageBody: 'YQ==' });
  expect((await client().receiveMessage(longest)).body['MessageBody']).toBe('YQ==');
  await expect(client().createQueue(`${longest}q`)).rejects.toMatchObject({ name: 'MNSQueueNameLengthErrorError' });
  for (const name of ['under_score', '-hyphen', '%E9%98%9F'])
    await expect(client().createQueue(name)).rejects.toMatchObject({ name: 'MNSInvalidQueueNameError' });
});

shows('control-plane', async () => {
  const QueueName = newName();
  const done = { Success: true, Code: 200, Data: { Code: 200, Success: true } };
  expect(await control('CreateQueue', { QueueName, VisibilityTimeout: 45, EnableLogging: true, QueueType: 'normal' })).toMatchObject(done);
  await expect(control('CreateQueue', { QueueName, VisibilityTimeout: 46 })).rejects.toMatchObject({ code: 'QueueAlreadyExist' });
  await control('SetQueueAttributes', { QueueName, DelaySeconds: 9 });
  const shown = { VisibilityTimeout: 45, DelaySeconds: 9, LoggingEnabled: true, ActiveMessages: 0, DlqPolicy: { Enabled: false } };
  expect(await control('GetQueueAttributes', { QueueName })).toMatchObject({ Data: { QueueName, ...shown } });
  expect((await client().getQueueAttributes(QueueName)).body).toMatchObject({ VisibilityTimeout: '45', DelaySeconds: '9' });
  expect(await control('ListQueue', { QueueName, PageNum: 1, PageSize: 10, RegionId: 'cn-hangzhou' })).toMatchObject({
    Data: { PageData: [{ QueueName, ...shown }], Total: 1, Size: 1, Pages: 1 },
  });
  expect(await control('DeleteQueue', { QueueName })).toMatchObject(done);
  await expect(control('GetQueueAttributes', { QueueName })).rejects.toMatchObject({ code: 'QueueNotExist', statusCode: 404 });
  await expect(control('GetQueueAttributes', {})).rejects.toMatchObject({ statusCode: 400 });
  await expect(control('ListQueue', {}, 'wrong')).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  await expect(control('CreateTopic', { TopicName: 't' })).rejects.toMatchObject({ code: 'InvalidAction.NotFound' });
  await expect(control('CreateQueue', { QueueName: newName(), EnableSSE: true })).rejects.toMatchObject({ code: 'NotSimulated' });
});

shows('dead-letter-policy', async () => {
  const [QueueName, DeadLetterTargetQueue] = [newName(), await newQueue(client())];
  const DlqPolicy = { Enabled: true, DeadLetterTargetQueue, MaxReceiveCount: 3 };
  await control('CreateQueue', { QueueName, DlqPolicy });
  const shown = { Data: { DlqPolicy: { ...DlqPolicy, MaxReceiveCount: '3' } } };
  expect(await control('GetQueueAttributes', { QueueName })).toMatchObject(shown);
  await control('CreateQueue', { QueueName, DlqPolicy });
  await expect(control('CreateQueue', { QueueName })).rejects.toMatchObject({ code: 'QueueAlreadyExist' });
  await control('SetQueueAttributes', { QueueName, DlqPolicy: { Enabled: false } });
  expect(await control('GetQueueAttributes', { QueueName })).toMatchObject({
    Data: { DlqPolicy: { Enabled: false, DeadLetterTargetQueue } },
  });
  const refused = [
    [{ ...DlqPolicy, DeadLetterTargetQueue: QueueName }, 'InvalidArgument'],
    [{ ...DlqPolicy, MaxReceiveCount: 0 }, 'InvalidArgument'],
    [{ ...DlqPolicy, DeadLetterTargetQueue: 'no-such-queue' }, 'QueueNotExist'],
    [{ Enabled: 'perhaps' }, 'InvalidArgument'],
    ['no JSON', 'InvalidArgument'],
  ] as const;
  for (const [policy, code] of refused)
    await expect(control('SetQueueAttributes', { QueueName, DlqPolicy: policy })).rejects.toMatchObject({ code });
  await expect(control('CreateQueue', { QueueName: newName(), DlqPolicy: { Enabled: true } })).rejects.toMatchObject({
    code: 'InvalidArgument',
  });
  const onDataPlane = xmlOf('Queue', '<DlqPolicy><Enabled>true</Enabled></DlqPolicy>');
  const answer = await request(target(), { method: 'PUT', target: `/queues/${QueueName}?metaoverride=true`, body: onDataPlane });
  expect([answer.status, answer.field('Code')]).toEqual([501, 'NotSimulated']);
});

shows('dead-letters', async () => {
  const [QueueName, DeadLetterTargetQueue] = [newName(), await newQueue(client(), { PollingWaitSeconds: 1 })];
  await control('CreateQueue', {
    QueueName,
    VisibilityTimeout: 1,
    DlqPolicy: { Enabled: true, DeadLetterTargetQueue, MaxReceiveCount: 2 },
  });
  const sent = await client().sendMessage(QueueName, { MessageBody: 'ZGVhZA==' });
  await client().sendMessage(QueueName, { MessageBody: 'ZGVsYXllZA==', DelaySeconds: 600 });
  for (const DequeueCount of ['1', '2'])
    expect((await client().receiveMessage(QueueName, 10)).body).toMatchObject({ MessageBody: 'ZGVhZA==', DequeueCount });
  // The third time nobody is given it, and a poll of its queue finds nothing.
  await expect(client().receiveMessage(QueueName, 3)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
  const dead = await client().receiveMessage(DeadLetterTargetQueue, 5);
  expect(dead.body).toMatchObject({ MessageId: sent.body['MessageId'], MessageBody: 'ZGVhZA==', DequeueCount: '1' });
  expect((await client().deleteMessage(DeadLetterTargetQueue, dead.body['ReceiptHandle'] ?? '')).code).toBe(204);
  expect((await client().getQueueAttributes(QueueName)).body).toMatchObject({
    ActiveMessages: '0',
    InactiveMessages: '0',
    DelayMessages: '1',
  });
});

shows('dead-letters', 'stay where they are while their queue is gone', async () => {
  const [QueueName, DeadLetterTargetQueue] = [newName(), await newQueue(client())];
  await control('CreateQueue', {
    QueueName,
    VisibilityTimeout: 1,
    DlqPolicy: { Enabled: true, DeadLetterTargetQueue, MaxReceiveCount: 1 },
  });
  await client().deleteQueue(DeadLetterTargetQueue);
  await client().sendMessage(QueueName, { MessageBody: 'YQ==' });
  for (const DequeueCount of ['1', '2']) expect((await client().receiveMessage(QueueName, 10)).body).toMatchObject({ DequeueCount });
});

const NOT_SIMULATED = [501, 'NotSimulated'];
refuses('topics', async () => {
  await expect(client().publishMessage('topic', { MessageBody: 'YQ==' })).rejects.toMatchObject({ name: 'MNSNotSimulatedError' });
  const answer = await request(target(), { method: 'GET', target: '/subscriptions/s' });
  expect([answer.status, answer.field('Code')]).toEqual(NOT_SIMULATED);
});
