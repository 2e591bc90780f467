import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { SqsCall } from '#standins/sqs/call.ts';
import type { ReadQueue, SavedMessage } from './message.ts';

const QueueUrl = Type.Object({ QueueUrl: Type.String() });
const Received = Type.Object({
  Messages: Type.Optional(Type.Array(Type.Object({ Body: Type.String(), ReceiptHandle: Type.String() }))),
});
const countName = Type.String({ pattern: '^\\d+$' });
const Counts = Type.Object({
  Attributes: Type.Object({ ApproximateNumberOfMessagesNotVisible: countName, ApproximateNumberOfMessagesDelayed: countName }),
});
const InFlight = Type.Object({ bodies: Type.Array(Type.String()) });

const BATCH = 10;
/** Long enough to read a long queue; a save that is killed meanwhile leaves its messages invisible for no longer. */
const VISIBILITY_S = 60;
const TRIES = 5;

/**
 * ElasticMQ shows nothing that it does not hand out. So what is visible is received and put back at once, and what consumers hold is told by the
 * gateway through which they got it. Both together must be as many as ElasticMQ counts, or something would be lost: it throws then.
 */
export function elasticmqQueue(gatewayUrl: string, name: string, call: SqsCall): ReadQueue {
  return async () => {
    const { QueueUrl: queue } = Value.Parse(QueueUrl, await call('GetQueueUrl', { QueueName: name }));
    for (let attempt = 1; ; attempt += 1) {
      const { bodies, missing } = await readOnce(gatewayUrl, name, queue, call);
      if (missing === 0) return bodies.map((body): SavedMessage => ({ body }));
      if (attempt === TRIES) {
        throw new Error(
          `${missing} messages of China's queue are with consumers that the MNS gateway does not know, as after its restart; try again in half a minute`,
        );
      }
      await sleep(100);
    }
  };
}

async function readOnce(gatewayUrl: string, name: string, queue: string, call: SqsCall): Promise<{ bodies: string[]; missing: number }> {
  const received: { readonly Body: string; readonly ReceiptHandle: string }[] = [];
  try {
    for (;;) {
      const answer = await call('ReceiveMessage', { QueueUrl: queue, MaxNumberOfMessages: BATCH, VisibilityTimeout: VISIBILITY_S });
      const { Messages: messages = [] } = Value.Parse(Received, answer);
      if (messages.length === 0) break;
      received.push(...messages);
    }
    const response = await fetch(`${gatewayUrl}/_standin/in-flight/${name}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`the MNS gateway answered ${response.status} when it was asked what is in flight`);
    const { bodies } = Value.Parse(InFlight, await response.json());
    const names = ['ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'];
    const { Attributes: counts } = Value.Parse(Counts, await call('GetQueueAttributes', { QueueUrl: queue, AttributeNames: names }));
    const counted = Number(counts.ApproximateNumberOfMessagesNotVisible) + Number(counts.ApproximateNumberOfMessagesDelayed);
    const known = [...received.map((message) => message.Body), ...bodies];
    return { bodies: known, missing: counted - known.length };
  } finally {
    for (let at = 0; at < received.length; at += BATCH) {
      const entries = received.slice(at, at + BATCH).map(({ ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle,
        VisibilityTimeout: 0,
      }));
      await call('ChangeMessageVisibilityBatch', { QueueUrl: queue, Entries: entries });
    }
  }
}
