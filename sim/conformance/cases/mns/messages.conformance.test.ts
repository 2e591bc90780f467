import { createHash } from 'node:crypto';

import { expect } from 'vitest';

import { xmlOf } from '#standins/mns/signed-request.ts';
import type { SqsCall } from '#standins/sqs/call.ts';
import { mns } from '../../behaviours/mns.ts';
import { startMns } from '../../components/mns.ts';
import { conformance } from '../../frame/conformance.ts';
import { newName, newQueue, request, vendorClient, withOwnGateway } from './clients.ts';

const { target, shows, refuses, driver } = conformance(mns, startMns);
const client = () => vendorClient(target());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const md5Upper = (text: string): string => createHash('md5').update(text).digest('hex').toUpperCase();
const notThere = { name: 'MNSMessageNotExistError' };
const notSimulated = { name: 'MNSNotSimulatedError' };
const message = (body: string, more = ''): string => `<Message><MessageBody>${body}</MessageBody>${more}</Message>`;
const send = (queue: string, root: string, inner: string) =>
  request(target(), { method: 'POST', target: `/queues/${queue}/messages`, body: xmlOf(root, inner) });

/** Receives one message and answers its handle. */
async function handleOf(queue: string, waitSeconds = 0): Promise<string> {
  return (await client().receiveMessage(queue, waitSeconds)).body['ReceiptHandle'] ?? '';
}

shows('send-receive-delete', async () => {
  const queue = await newQueue(client());
  const body = base64('{"entity":"product"}');
  const beforeMs = Date.now();
  const sent = await client().sendMessage(queue, { MessageBody: body });
  expect(sent.code).toBe(201);
  expect(sent.body).toEqual({ MessageId: expect.stringMatching(/./), MessageBodyMD5: md5Upper(body) });
  const received = await client().receiveMessage(queue);
  const same = { MessageId: sent.body['MessageId'], MessageBody: body, MessageBodyMD5: md5Upper(body), DequeueCount: '1', Priority: '8' };
  expect(received.body).toMatchObject(same);
  const [enqueued, first, next] = ['EnqueueTime', 'FirstDequeueTime', 'NextVisibleTime'].map((name) => Number(received.body[name]));
  // Another machine's clock may keep the times.
  expect(enqueued).toBeGreaterThanOrEqual(beforeMs - 2000);
  expect(first).toBeGreaterThanOrEqual(enqueued ?? Number.NaN);
  expect(next).toBeGreaterThanOrEqual(beforeMs + 29_000);
  const handle = received.body['ReceiptHandle'] ?? '';
  expect((await client().deleteMessage(queue, handle)).code).toBe(204);
  await expect(client().receiveMessage(queue)).rejects.toMatchObject(notThere);
});

shows('batches', async () => {
  const queue = await newQueue(client());
  const bodies = Array.from({ length: 16 }, (_, index) => base64(`message ${index}`));
  const sent = await client().batchSendMessage(
    queue,
    bodies.map((MessageBody) => ({ MessageBody })),
  );
  expect(sent.code).toBe(201);
  expect(sent.body.map((entry) => entry['MessageBodyMD5'])).toEqual(bodies.map(md5Upper));
  const received = await client().batchReceiveMessage(queue, 16);
  expect(received.body.map((entry) => entry['MessageBody']).sort()).toEqual(bodies.toSorted());
  const handles = received.body.map((entry) => entry['ReceiptHandle'] ?? '');
  expect((await client().batchDeleteMessage(queue, handles)).code).toBe(204);
  expect((await client().getQueueAttributes(queue)).body).toMatchObject({ ActiveMessages: '0', InactiveMessages: '0' });
  await expect(client().batchReceiveMessage(queue, 16)).rejects.toMatchObject(notThere);
});

shows('batch-send-partial', async () => {
  const failing = (sqs: SqsCall): SqsCall => {
    let calls = 0;
    return async (action, input) => {
      if (action !== 'SendMessageBatch') return sqs(action, input);
      calls += 1;
      if (calls % 2 === 0) throw new Error('it is gone');
      return sqs(action, input);
    };
  };
  await withOwnGateway(target(), { between: failing }, async (gateway) => {
    const queue = await newQueue(gateway.client);
    const answer = await gateway.request({
      method: 'POST',
      target: `/queues/${queue}/messages`,
      body: xmlOf('Messages', message('YQ==').repeat(16)),
    });
    expect(answer.status).toBe(500);
    expect(answer.text.match(/<MessageId>/g)).toHaveLength(10);
    expect(answer.text.match(/<ErrorCode>InternalError<\/ErrorCode><ErrorMessage>[^<]+/g)).toHaveLength(6);
    expect((await client().batchReceiveMessage(queue, 16)).body).toHaveLength(10);
  });
});

shows('batch-delete-partial', async () => {
  const queue = await newQueue(client());
  await client().batchSendMessage(queue, [{ MessageBody: 'YQ==' }, { MessageBody: 'Yg==' }]);
  const { body } = await client().batchReceiveMessage(queue, 2);
  const [first = '', second = ''] = body.map((entry) => entry['ReceiptHandle'] ?? '');
  await client().deleteMessage(queue, first);
  const answer = await client().batchDeleteMessage(queue, [first, second, 'not-a-handle']);
  expect(answer.code).toBe(404);
  expect(answer.body).toEqual([
    { ErrorCode: 'MessageNotExist', ErrorMessage: expect.stringMatching(/./), ReceiptHandle: first },
    { ErrorCode: 'ReceiptHandleError', ErrorMessage: expect.stringMatching(/./), ReceiptHandle: 'not-a-handle' },
  ]);
  expect((await client().getQueueAttributes(queue)).body).toMatchObject({ InactiveMessages: '0' });
});

shows('base64-bodies', async () => {
  const queue = await newQueue(client());
  const plain = 'no Base64 at all: \t&amp; 中文 &lt;tag&gt;\n "quoted" &#13;';
  const sent = ['no Base64 at all: \t& 中文 <tag>\n "quoted" \r', base64('\u0000\u{1f3ee}'), '====', ' a '];
  for (const [index, body] of sent.entries()) {
    const answer = await send(queue, 'Message', `<MessageBody>${index === 0 ? plain : body}</MessageBody>`);
    expect([answer.status, answer.field('MessageBodyMD5')]).toEqual([201, md5Upper(body)]);
  }
  const { body } = await client().batchReceiveMessage(queue, 16);
  expect(body.map((entry) => entry['MessageBodyMD5']).sort()).toEqual(sent.map(md5Upper).sort());
  expect(body.map((entry) => entry['MessageBody']).sort()).toEqual([...sent].sort());
});

shows('any-character', async () => {
  const queue = await newQueue(client());
  const answer = await send(queue, 'Messages', message('YQ==') + message('\u{1F600}') + message('Yg=='));
  const entries = [...answer.text.matchAll(/<Message><(\w+)>/g)].map(([, first]) => first);
  if (driver === 'embedded') {
    // Approximated: refused, but that entry alone, and with a reason.
    expect(answer.status).toBe(500);
    expect(entries).toEqual(['MessageId', 'ErrorCode', 'MessageId']);
    expect([answer.field('ErrorCode'), answer.field('ErrorMessage')]).toEqual(['InvalidArgument', expect.stringMatching(/./)]);
  } else {
    expect([answer.status, entries]).toEqual([201, ['MessageId', 'MessageId', 'MessageId']]);
    const bodies = (await client().batchReceiveMessage(queue, 16)).body.map((entry) => entry['MessageBody']);
    expect(bodies).toContain('\u{1F600}');
  }
});

shows('visibility-change', async () => {
  const queue = await newQueue(client(), { VisibilityTimeout: 2 });
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  const old = await handleOf(queue);
  const changed = await client().changeMessageVisibility(queue, old, 600);
  expect(changed.code).toBe(200);
  const renewed = changed.body['ReceiptHandle'] ?? '';
  expect(renewed).not.toBe(old);
  expect(Number(changed.body['NextVisibleTime'])).toBeGreaterThan(Date.now() + 500_000);
  await expect(client().changeMessageVisibility(queue, old, 600)).rejects.toMatchObject(notThere);
  await expect(client().deleteMessage(queue, old)).rejects.toMatchObject(notThere);
  // Hidden for longer than the queue would have hidden it.
  await expect(client().receiveMessage(queue, 4)).rejects.toMatchObject(notThere);
  expect((await client().deleteMessage(queue, renewed)).code).toBe(204);
});

shows('visibility-change', 'to a second, which gives a message back', async () => {
  const queue = await newQueue(client(), { VisibilityTimeout: 600 });
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  await client().changeMessageVisibility(queue, await handleOf(queue), 1);
  expect((await client().receiveMessage(queue, 20)).body).toMatchObject({ MessageBody: 'YQ==', DequeueCount: '2' });
});

shows('redelivery', async () => {
  const queue = await newQueue(client(), { VisibilityTimeout: 1 });
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  const first = (await client().receiveMessage(queue)).body;
  const second = (await client().receiveMessage(queue, 20)).body;
  expect(second).toMatchObject({ MessageId: first['MessageId'], FirstDequeueTime: first['FirstDequeueTime'], DequeueCount: '2' });
  expect(second['ReceiptHandle']).not.toBe(first['ReceiptHandle']);
  // The queue server alone would take the first handle still.
  await expect(client().deleteMessage(queue, first['ReceiptHandle'] ?? '')).rejects.toMatchObject(notThere);
});

shows('handle-expired', async () => {
  const queue = await newQueue(client(), { VisibilityTimeout: 30 });
  await client().batchSendMessage(queue, [{ MessageBody: 'YQ==' }, { MessageBody: 'Yg==' }]);
  const deleted = await handleOf(queue);
  await client().deleteMessage(queue, deleted);
  await expect(client().deleteMessage(queue, deleted)).rejects.toMatchObject(notThere);
  await expect(client().changeMessageVisibility(queue, deleted, 9)).rejects.toMatchObject(notThere);
  await withOwnGateway(target(), {}, async (gateway) => {
    const handle = (await gateway.client.receiveMessage(queue)).body['ReceiptHandle'] ?? '';
    gateway.advanceMs(30_000);
    await expect(gateway.client.deleteMessage(queue, handle)).rejects.toMatchObject(notThere);
    await expect(gateway.client.changeMessageVisibility(queue, handle, 9)).rejects.toMatchObject(notThere);
    // A gateway that did not mint the handle judges it by what it says itself.
    expect((await client().deleteMessage(queue, handle)).code).toBe(204);
  });
});

shows('handle-forged', async () => {
  const queue = await newQueue(client());
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  const handle = await handleOf(queue);
  for (const forged of ['forged', `${handle}A`, handle.slice(1), handle.toLowerCase()]) {
    await expect(client().deleteMessage(queue, forged)).rejects.toMatchObject({ name: 'MNSReceiptHandleErrorError' });
    await expect(client().changeMessageVisibility(queue, forged, 9)).rejects.toMatchObject({ name: 'MNSReceiptHandleErrorError' });
  }
});

shows('handle-spelling', async () => {
  const queue = await newQueue(client());
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  const handle = await handleOf(queue);
  const escaped = [...handle].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
  const messages = `/queues/${queue}/messages`;
  const changed = await request(target(), { method: 'PUT', target: `${messages}?RECEIPTHANDLE=${escaped}&VISIBILITYTIMEOUT=30` });
  expect(changed.status).toBe(200);
  const deleted = await request(target(), { method: 'DELETE', target: `${messages}?receipthandle=${changed.field('ReceiptHandle')}` });
  expect(deleted.status).toBe(204);
});

refuses('peek', async () => {
  const queue = await newQueue(client());
  await expect(client().peekMessage(queue)).rejects.toMatchObject(notSimulated);
  await expect(client().batchPeekMessage(queue, 2)).rejects.toMatchObject(notSimulated);
});

refuses('priority', async () => {
  const queue = await newQueue(client());
  for (const Priority of [1, 16])
    await expect(client().sendMessage(queue, { MessageBody: 'YQ==', Priority })).rejects.toMatchObject(notSimulated);
  for (const Priority of [0, 17])
    await expect(client().sendMessage(queue, { MessageBody: 'YQ==', Priority })).rejects.toMatchObject({ name: 'MNSInvalidArgumentError' });
  expect((await client().sendMessage(queue, { MessageBody: 'YQ==', Priority: 8 })).code).toBe(201);
});

refuses('message-groups', async () => {
  const queue = await newQueue(client());
  const answer = await send(queue, 'Message', '<MessageBody>a</MessageBody><MessageGroupId>g</MessageGroupId>');
  expect([answer.status, answer.field('Code')]).toEqual([501, 'NotSimulated']);
  await expect(client().createQueue(newName(), { QueueType: 'fifo' })).rejects.toMatchObject(notSimulated);
});
