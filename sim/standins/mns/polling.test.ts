import { afterEach, describe, expect, it } from 'vitest';
import type { SqsCall } from '../sqs/call.ts';
import { startGatewayFixture, type FixtureOptions, type GatewayFixture } from './gateway-fixture.ts';

let opened: GatewayFixture | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

async function open(options: FixtureOptions = {}): Promise<GatewayFixture> {
  opened = await startGatewayFixture(options);
  await opened.client.createQueue('polled');
  return opened;
}

/** Resolves when the gateway has asked its queue server for messages with a wait, that many times. */
function watchPolls(): { between: (sqs: SqsCall) => SqsCall; started: (times: number) => Promise<void> } {
  let waits = 0;
  const wanted: { times: number; resolve: () => void }[] = [];
  return {
    between: (sqs) => (action, input) => {
      if (action === 'ReceiveMessage' && input['WaitTimeSeconds'] !== 0) {
        waits += 1;
        for (const { times, resolve } of wanted) if (waits >= times) resolve();
      }
      return sqs(action, input);
    },
    started: (times) =>
      new Promise((resolve) => {
        if (waits >= times) resolve();
        else wanted.push({ times, resolve });
      }),
  };
}

const messages = '/queues/polled/messages';

describe('a long poll', () => {
  it('wakes when a message is sent', async () => {
    const polls = watchPolls();
    const gateway = await open({ between: polls.between });
    const waiting = gateway.client.batchReceiveMessage('polled', 16, 30);
    await polls.started(1);
    await gateway.client.sendMessage('polled', { MessageBody: 'YQ==' });
    expect((await waiting).body).toMatchObject([{ MessageBody: 'YQ==' }]);
  });

  it('lasts longer than one call to the queue server', async () => {
    const polls = watchPolls();
    const gateway = await open({ between: polls.between });
    const waiting = gateway.client.receiveMessage('polled', 30);
    await polls.started(2);
    await gateway.client.sendMessage('polled', { MessageBody: 'YQ==' });
    expect((await waiting).body['MessageBody']).toBe('YQ==');
  });

  it('answers 404 when nothing came', async () => {
    const gateway = await open();
    const answer = await gateway.request({ method: 'GET', target: `${messages}?waitseconds=1` });
    expect([answer.status, answer.field('Code')]).toEqual([404, 'MessageNotExist']);
  });

  it("waits as long as its queue's PollingWaitSeconds says", async () => {
    const polls = watchPolls();
    const gateway = await open({ between: polls.between });
    await gateway.client.setQueueAttributes('polled', { PollingWaitSeconds: 30 });
    const waiting = gateway.client.receiveMessage('polled');
    await polls.started(1);
    await gateway.client.sendMessage('polled', { MessageBody: 'YQ==' });
    expect((await waiting).body['MessageBody']).toBe('YQ==');
  });

  it('past the quota is answered at once', async () => {
    const gateway = await open({ pollQuota: 0 });
    // The gateway's clock stands as good as still here: only the quota ends this poll.
    const answer = await gateway.request({ method: 'GET', target: `${messages}?waitseconds=30`, signal: AbortSignal.timeout(10_000) });
    expect(answer.status).toBe(404);
  });

  it('whose client has gone away swallows nothing', async () => {
    const polls = watchPolls();
    const gateway = await open({ between: polls.between });
    const client = new AbortController();
    const cut = gateway.request({ method: 'GET', target: `${messages}?numOfMessages=16&waitseconds=30`, signal: client.signal });
    await polls.started(1);
    client.abort();
    await expect(cut).rejects.toThrow();
    await gateway.client.batchSendMessage(
      'polled',
      Array.from({ length: 16 }, (_, index) => ({ MessageBody: `bWVz${index}` })),
    );
    const found = new Set<string | undefined>();
    while (found.size < 16) {
      // Less than the visibility timeout: what the cut poll had kept would not come back in time.
      const { body } = await gateway.client.batchReceiveMessage('polled', 16, 10);
      for (const message of body) found.add(message['MessageBody']);
    }
    expect(found.size).toBe(16);
  });

  it('whose client goes away while messages are on their way to it gives them back', async () => {
    const client = new AbortController();
    const gateway = await open({
      between: (sqs) => async (action, input) => {
        const answer = await sqs(action, input);
        // The moment between the queue server handing messages out and the gateway passing them on.
        if (action === 'ReceiveMessage' && !client.signal.aborted) {
          const closed = opened?.connectionClosed();
          client.abort();
          await closed;
        }
        return answer;
      },
    });
    await gateway.client.sendMessage('polled', { MessageBody: 'YQ==' });
    await expect(gateway.request({ method: 'GET', target: messages, signal: client.signal })).rejects.toThrow();
    const again = await gateway.client.receiveMessage('polled', 10);
    expect(again.body).toMatchObject({ MessageBody: 'YQ==', DequeueCount: '2' });
  });
});
