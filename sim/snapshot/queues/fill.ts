import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { SqsCall } from '#standins/sqs/call.ts';
import type { SavedMessage } from './message.ts';

const QueueUrl = Type.Object({ QueueUrl: Type.String() });
const Sent = Type.Object({ Failed: Type.Optional(Type.Array(Type.Object({ Code: Type.String() }))) });

/** SQS takes no more entries, and no more bytes, in one call (SendMessageBatch). */
const BATCH = 10;
const BATCH_BYTES = 200_000;
const LANES = 4;

/**
 * Puts a new queue in the place of one, so that nothing of what it held is delivered again. Purging would not do: the polls of consumers that have been
 * killed wait in it still, and emulators hand messages to them.
 */
export async function renewQueue(call: SqsCall, name: string): Promise<void> {
  const { QueueUrl: queue } = Value.Parse(QueueUrl, await call('GetQueueUrl', { QueueName: name }));
  await call('DeleteQueue', { QueueUrl: queue });
  await call('CreateQueue', { QueueName: name });
}

/** Puts messages into a queue. Throws where one is refused. */
export async function fillQueue(call: SqsCall, name: string, messages: readonly SavedMessage[]): Promise<void> {
  const { QueueUrl: queue } = Value.Parse(QueueUrl, await call('GetQueueUrl', { QueueName: name }));
  const batches = batchesOf(messages).values();
  const lane = async (): Promise<void> => {
    for (const batch of batches) {
      const entries = batch.map((message, index) => ({
        Id: String(index),
        MessageBody: message.body,
        ...(message.attributes === undefined ? {} : { MessageAttributes: message.attributes }),
        ...(message.delayS === undefined ? {} : { DelaySeconds: message.delayS }),
      }));
      const { Failed: failed = [] } = Value.Parse(Sent, await call('SendMessageBatch', { QueueUrl: queue, Entries: entries }));
      if (failed.length > 0) throw new Error(`the queue ${name} refused ${failed.length} saved messages: ${failed[0]?.Code}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

export function batchesOf(messages: readonly SavedMessage[]): SavedMessage[][] {
  const batches: SavedMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body) + Buffer.byteLength(JSON.stringify(message.attributes ?? {}));
    const last = batches.at(-1);
    if (last === undefined || last.length === BATCH || bytes + size > BATCH_BYTES) {
      batches.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return batches;
}
