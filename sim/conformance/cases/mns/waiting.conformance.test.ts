import { expect } from 'vitest';

import type { SqsCall } from '#standins/sqs/call.ts';
import { watchPolls } from '#standins/mns/watch-polls.ts';
import { mns } from '../../behaviours/mns.ts';
import { startMns } from '../../components/mns.ts';
import { conformance } from '../../frame/conformance.ts';
import { callControl } from './control-client.ts';
import { newQueue, request, vendorClient, withOwnGateway } from './clients.ts';

// Polls, delays and retention: what takes its time.

const { target, shows } = conformance(mns, startMns);
const client = () => vendorClient(target());
const notThere = { name: 'MNSMessageNotExistError' };
const DAY_S = 86_400;
/** For a gateway with another clock: the vendor's client knows only the real one. */
const pollOf = (queue: string) => ({ method: 'GET', target: `/queues/${queue}/messages?waitseconds=20` });

shows('long-poll', async () => {
  const queue = await newQueue(client());
  const waiting = client().batchReceiveMessage(queue, 16, 30);
  // The poll is on its way before the message: its request was written first, on a connection of its own.
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  expect((await waiting).body).toMatchObject([{ MessageBody: 'YQ==' }]);
  await expect(client().receiveMessage(queue, 1)).rejects.toMatchObject(notThere);
  await expect(client().receiveMessage(queue, 31)).rejects.toMatchObject({ name: 'MNSInvalidArgumentError' });
});

shows('long-poll', 'that waits already', async () => {
  const polls = watchPolls();
  await withOwnGateway(target(), { between: polls.between }, async (gateway) => {
    const queue = await newQueue(client());
    const waiting = gateway.client.receiveMessage(queue, 30);
    // Longer than one call to the queue server.
    await polls.started(2);
    await client().sendMessage(queue, { MessageBody: 'YQ==' });
    expect((await waiting).body['MessageBody']).toBe('YQ==');
  });
});

shows('polling-wait-seconds', async () => {
  const polls = watchPolls();
  await withOwnGateway(target(), { between: polls.between }, async (gateway) => {
    const queue = await newQueue(gateway.client, { PollingWaitSeconds: 30 });
    const waiting = gateway.client.receiveMessage(queue);
    await polls.started(1);
    await gateway.client.sendMessage(queue, { MessageBody: 'YQ==' });
    expect((await waiting).body['MessageBody']).toBe('YQ==');
    const beforeMs = performance.now();
    await gateway.request({ method: 'GET', target: `/queues/${queue}/messages?waitseconds=0` });
    expect(performance.now() - beforeMs).toBeLessThan(15_000);
  });
});

shows('poll-quota', () =>
  withOwnGateway(target(), { pollQuota: 0 }, async (gateway) => {
    const queue = await newQueue(gateway.client);
    const poll = { method: 'GET', target: `/queues/${queue}/messages?waitseconds=30`, signal: AbortSignal.timeout(20_000) };
    const answer = await gateway.request(poll);
    expect([answer.status, answer.field('Code')]).toEqual([404, 'MessageNotExist']);
  }),
);

shows('poll-abandoned', async () => {
  const polls = watchPolls();
  await withOwnGateway(target(), { between: polls.between }, async (gateway) => {
    const queue = await newQueue(gateway.client);
    const abandoning = new AbortController();
    const poll = { method: 'GET', target: `/queues/${queue}/messages?numOfMessages=16&waitseconds=30`, signal: abandoning.signal };
    const cut = gateway.request(poll);
    await polls.started(1);
    abandoning.abort();
    await expect(cut).rejects.toThrow();
    const sent = Array.from({ length: 16 }, (_, index) => ({ MessageBody: `bWVz${index}` }));
    await client().batchSendMessage(queue, sent);
    const found = new Set<string | undefined>();
    while (found.size < 16) {
      // Less than the visibility timeout: what the cut poll had kept would not come back in time.
      for (const message of (await client().batchReceiveMessage(queue, 16, 10)).body) found.add(message['MessageBody']);
    }
    expect([...found].toSorted()).toEqual(sent.map(({ MessageBody }) => MessageBody).toSorted());
  });
});

shows('poll-abandoned', 'while messages are on their way to it', async () => {
  const abandoning = new AbortController();
  let closed: (() => Promise<void>) | undefined;
  const between = (sqs: SqsCall): SqsCall => {
    return async (action, input) => {
      const answer = await sqs(action, input);
      // The moment between the queue server handing messages out and the gateway passing them on.
      if (action === 'ReceiveMessage' && !abandoning.signal.aborted) {
        const seen = closed?.();
        abandoning.abort();
        await seen;
      }
      return answer;
    };
  };
  await withOwnGateway(target(), { between }, async (gateway) => {
    closed = gateway.connectionClosed;
    const queue = await newQueue(gateway.client);
    await gateway.client.sendMessage(queue, { MessageBody: 'YQ==' });
    const poll = { method: 'GET', target: `/queues/${queue}/messages`, signal: abandoning.signal };
    await expect(gateway.request(poll)).rejects.toThrow();
    const again = await gateway.client.receiveMessage(queue, 10);
    expect(again.body).toMatchObject({ MessageBody: 'YQ==', DequeueCount: '2' });
  });
});

shows('poll-abandoned', 'of the gateway as a process', async () => {
  const queue = await newQueue(client());
  const signal = AbortSignal.timeout(300);
  await expect(request(target(), { method: 'GET', target: `/queues/${queue}/messages?waitseconds=30`, signal })).rejects.toThrow();
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  expect((await client().receiveMessage(queue, 20)).body['MessageBody']).toBe('YQ==');
});

shows('delay', async () => {
  const queue = await newQueue(client(), { DelaySeconds: 2 });
  const sentMs = Date.now();
  const sent = await client().sendMessage(queue, { MessageBody: 'YQ==' });
  await client().sendMessage(queue, { MessageBody: 'Yg==', DelaySeconds: 0 });
  expect((await client().receiveMessage(queue)).body['MessageBody']).toBe('Yg==');
  await expect(client().receiveMessage(queue)).rejects.toMatchObject(notThere);
  const received = await client().receiveMessage(queue, 20);
  expect(received.body).toMatchObject({ MessageId: sent.body['MessageId'], MessageBody: 'YQ==', DequeueCount: '1' });
  expect(Date.now() - sentMs).toBeGreaterThan(1900);
  expect(Number(received.body['EnqueueTime'])).toBeLessThan(sentMs + 1900);
});

shows('long-delay', () =>
  withOwnGateway(target(), { maxDelayS: 1 }, async (gateway) => {
    const queue = await newQueue(gateway.client, { MessageRetentionPeriod: 7 * DAY_S });
    for (const bad of [604_801, -1])
      await expect(client().sendMessage(queue, { MessageBody: 'YQ==', DelaySeconds: bad })).rejects.toMatchObject({
        name: 'MNSInvalidArgumentError',
      });
    expect((await client().sendMessage(queue, { MessageBody: 'Yg==', DelaySeconds: 604_800 })).code).toBe(201);
    const sent = await gateway.client.sendMessage(queue, { MessageBody: 'YQ==', DelaySeconds: 6 * DAY_S });
    // Rounds of a second: the poll meets the message several times, and it is not due.
    await expect(gateway.client.receiveMessage(queue, 4)).rejects.toMatchObject(notThere);
    gateway.advanceMs(6 * DAY_S * 1000);
    const received = await gateway.request(pollOf(queue));
    expect(['MessageId', 'MessageBody', 'DequeueCount'].map(received.field)).toEqual([sent.body['MessageId'], 'YQ==', '1']);
  }),
);

shows('long-delay', 'over a restart of the gateway', async () => {
  let queue = '';
  await withOwnGateway(target(), { maxDelayS: 1 }, async (gateway) => {
    queue = await newQueue(gateway.client);
    await gateway.client.sendMessage(queue, { MessageBody: 'YQ==', DelaySeconds: 2 * DAY_S });
  });
  await withOwnGateway(target(), { maxDelayS: 1 }, async (restarted) => {
    await expect(restarted.client.receiveMessage(queue, 3)).rejects.toMatchObject(notThere);
    restarted.advanceMs(2 * DAY_S * 1000);
    expect((await restarted.request(pollOf(queue))).field('MessageBody')).toBe('YQ==');
  });
});

shows('delay-handle', async () => {
  const queue = await newQueue(client());
  const delayed = { MessageBody: 'YQ==', DelaySeconds: 5000 };
  const [first = {}, second = {}] = (await client().batchSendMessage(queue, [delayed, delayed])).body;
  expect((await client().getQueueAttributes(queue)).body).toMatchObject({ DelayMessages: '2' });
  expect((await client().deleteMessage(queue, first['ReceiptHandle'] ?? '')).code).toBe(204);
  expect((await client().getQueueAttributes(queue)).body).toMatchObject({ DelayMessages: '1' });
  await expect(client().deleteMessage(queue, first['ReceiptHandle'] ?? '')).rejects.toMatchObject(notThere);
  const changed = await client().changeMessageVisibility(queue, second['ReceiptHandle'] ?? '', 2);
  expect(Number(changed.body['NextVisibleTime'])).toBeLessThan(Date.now() + 2100);
  const received = (await client().receiveMessage(queue, 20)).body;
  expect(received).toMatchObject({ MessageId: second['MessageId'], DequeueCount: '1' });
  await expect(client().deleteMessage(queue, changed.body['ReceiptHandle'] ?? '')).rejects.toMatchObject(notThere);
  expect((await client().deleteMessage(queue, received['ReceiptHandle'] ?? '')).code).toBe(204);
});

shows('delay-handle', 'and no void copy is ever delivered', () =>
  withOwnGateway(target(), {}, async (gateway) => {
    const queue = await newQueue(gateway.client, { VisibilityTimeout: 1 });
    const delayed = { MessageBody: 'YQ==', DelaySeconds: 2 };
    const [first = {}, second = {}] = (await gateway.client.batchSendMessage(queue, [delayed, delayed])).body;
    await gateway.client.deleteMessage(queue, first['ReceiptHandle'] ?? '');
    const changed = await gateway.client.changeMessageVisibility(queue, second['ReceiptHandle'] ?? '', 4);
    await gateway.client.changeMessageVisibility(queue, changed.body['ReceiptHandle'] ?? '', 1);
    const once = await gateway.client.receiveMessage(queue, 20);
    const again = await gateway.client.receiveMessage(queue, 20);
    expect([once.body['MessageId'], again.body['MessageId']]).toEqual([second['MessageId'], second['MessageId']]);
    await gateway.client.deleteMessage(queue, again.body['ReceiptHandle'] ?? '');
    // The other three copies become visible in this time.
    await expect(gateway.client.receiveMessage(queue, 6)).rejects.toMatchObject(notThere);
    const counts = { ActiveMessages: '0', InactiveMessages: '0', DelayMessages: '0' };
    expect((await gateway.client.getQueueAttributes(queue)).body).toMatchObject(counts);
  }),
);

shows('retention', () =>
  withOwnGateway(target(), {}, async (gateway) => {
    const queue = await newQueue(gateway.client, { MessageRetentionPeriod: 60, VisibilityTimeout: 1 });
    await gateway.client.sendMessage(queue, { MessageBody: 'YQ==' });
    gateway.advanceMs(50_000);
    expect((await gateway.client.receiveMessage(queue)).body['MessageBody']).toBe('YQ==');
    gateway.advanceMs(11_000);
    await expect(gateway.client.receiveMessage(queue, 3)).rejects.toMatchObject(notThere);
    const counts = { ActiveMessages: '0', InactiveMessages: '0' };
    expect((await gateway.client.getQueueAttributes(queue)).body).toMatchObject(counts);
  }),
);

shows('dead-letter-retention', () =>
  withOwnGateway(target(), {}, async (gateway) => {
    const [queue, dead] = [await newQueue(gateway.client), await newQueue(gateway.client, { MessageRetentionPeriod: 604_800 })];
    await gateway.client.setQueueAttributes(queue, { MessageRetentionPeriod: 60, VisibilityTimeout: 1 });
    await callControl(gateway, 'SetQueueAttributes', {
      QueueName: queue,
      DlqPolicy: { Enabled: true, DeadLetterTargetQueue: dead, MaxReceiveCount: 1 },
    });
    const sent = [{ MessageBody: 'YQ==' }, { MessageBody: 'Yg==' }];
    const ids = (await gateway.client.batchSendMessage(queue, sent)).body.map((message) => message['MessageId']);
    const received = await gateway.client.batchReceiveMessage(queue, 16);
    const times = new Map(received.body.map((message) => [message['MessageId'], message['EnqueueTime']]));
    await expect(gateway.client.receiveMessage(queue, 3)).rejects.toMatchObject(notThere);
    gateway.advanceMs(50_000);
    const first = (await gateway.client.receiveMessage(dead, 5)).body;
    expect(ids).toContain(first['MessageId']);
    expect(first['EnqueueTime']).toBe(times.get(first['MessageId']));
    // A minute after they were sent both are gone, though their new queue would keep messages for a week.
    gateway.advanceMs(11_000);
    await expect(gateway.client.receiveMessage(dead, 1)).rejects.toMatchObject(notThere);
    expect((await gateway.client.getQueueAttributes(dead)).body).toMatchObject({ ActiveMessages: '0', InactiveMessages: '1' });
  }),
);
