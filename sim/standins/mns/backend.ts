import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { SqsCallError, type SqsCall } from '../sqs/call.ts';
import { MnsError } from './errors.ts';
import { readTag, TAG_ATTRIBUTE, writeTag, type MessageTag } from './message-tag.ts';

export interface BackendMessage {
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  /** Lower-case hex. */
  readonly bodyMd5: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
  readonly tag?: MessageTag;
}

/** A message to send. SQS servers delay no longer than `MAX_DELAY_S`. */
export interface BackendEntry {
  readonly body: string;
  readonly delayS: number;
  readonly tag?: MessageTag;
}

/** The longest delay of SQS. */
export const MAX_DELAY_S = 900;

export interface BackendCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export type SendOutcome =
  | { readonly sent: true; readonly messageId: string; readonly bodyMd5: string }
  | { readonly sent: false; readonly reason: string; readonly senderFault: boolean };

/** What the gateway needs of a queue server. Every call throws `MnsError`: QueueNotExist or InternalError. */
export interface Backend {
  createQueue(queue: string): Promise<void>;
  deleteQueue(queue: string): Promise<void>;
  listQueues(prefix: string): Promise<string[]>;
  counts(queue: string): Promise<BackendCounts>;
  setRetention(queue: string, retentionS: number): Promise<void>;
  /** One outcome an entry, in order. */
  send(queue: string, entries: readonly BackendEntry[]): Promise<SendOutcome[]>;
  receive(queue: string, max: number, visibilityS: number, waitS: number): Promise<BackendMessage[]>;
  /** Says of each receipt whether its message was deleted. */
  remove(queue: string, receipts: readonly string[]): Promise<boolean[]>;
  /** Says whether the message was still in flight. */
  changeVisibility(queue: string, receipt: string, visibilityS: number): Promise<boolean>;
  /** Makes messages visible again at once, as if they had never been received. */
  release(queue: string, receipts: readonly string[]): Promise<void>;
}

/** SQS takes no more in one call. */
const BATCH = 10;

const count = Type.String({ pattern: '^\\d+$' });
const answers = {
  queueUrl: Compile(Type.Object({ QueueUrl: Type.String() })),
  queueUrls: Compile(Type.Object({ QueueUrls: Type.Optional(Type.Array(Type.String())) })),
  counts: Compile(
    Type.Object({
      Attributes: Type.Object({
        ApproximateNumberOfMessages: count,
        ApproximateNumberOfMessagesNotVisible: count,
        ApproximateNumberOfMessagesDelayed: count,
      }),
    }),
  ),
  sent: Compile(
    Type.Object({
      Successful: Type.Optional(Type.Array(Type.Object({ Id: Type.String(), MessageId: Type.String(), MD5OfMessageBody: Type.String() }))),
      Failed: Type.Optional(
        Type.Array(
          Type.Object({ Id: Type.String(), SenderFault: Type.Boolean(), Code: Type.String(), Message: Type.Optional(Type.String()) }),
        ),
      ),
    }),
  ),
  received: Compile(
    Type.Object({
      Messages: Type.Optional(
        Type.Array(
          Type.Object({
            MessageId: Type.String(),
            ReceiptHandle: Type.String(),
            Body: Type.String(),
            MD5OfBody: Type.String(),
            Attributes: Type.Object({
              SentTimestamp: count,
              ApproximateReceiveCount: count,
              ApproximateFirstReceiveTimestamp: count,
            }),
            MessageAttributes: Type.Optional(
              Type.Object({ [TAG_ATTRIBUTE]: Type.Optional(Type.Object({ StringValue: Type.Optional(Type.String()) })) }),
            ),
          }),
        ),
      ),
    }),
  ),
  done: Compile(Type.Object({ Successful: Type.Optional(Type.Array(Type.Object({ Id: Type.String() }))) })),
};

const RECEIVE_ATTRIBUTES = ['SentTimestamp', 'ApproximateReceiveCount', 'ApproximateFirstReceiveTimestamp'];
const COUNT_ATTRIBUTES = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'];

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

/** A backend over any server of the SQS JSON protocol. Batches of more than ten are split. */
export function createSqsBackend(sqs: SqsCall): Backend {
  const urls = new Map<string, string>();

  const call: SqsCall = async (action, input) => {
    try {
      return await sqs(action, input);
    } catch (error) {
      if (error instanceof SqsCallError && error.queueMissing) {
        urls.clear();
        throw new MnsError('QueueNotExist', 'The queue name you provided does not exist.', { cause: error });
      }
      throw error;
    }
  };
  const urlOf = async (queue: string): Promise<string> => {
    const known = urls.get(queue);
    if (known !== undefined) return known;
    const found = answers.queueUrl.Parse(await call('GetQueueUrl', { QueueName: queue }));
    urls.set(queue, found.QueueUrl);
    return found.QueueUrl;
  };

  const sendChunk = async (url: string, entries: readonly BackendEntry[]): Promise<SendOutcome[]> => {
    const answer = answers.sent.Parse(
      await call('SendMessageBatch', {
        QueueUrl: url,
        Entries: entries.map((entry, index) => ({
          Id: String(index),
          MessageBody: entry.body,
          DelaySeconds: entry.delayS,
          ...(entry.tag ? { MessageAttributes: { [TAG_ATTRIBUTE]: { DataType: 'String', StringValue: writeTag(entry.tag) } } } : {}),
        })),
      }),
    );
    const outcomes = new Map<string, SendOutcome>();
    for (const sent of answer.Successful ?? []) {
      outcomes.set(sent.Id, { sent: true, messageId: sent.MessageId, bodyMd5: sent.MD5OfMessageBody });
    }
    for (const failed of answer.Failed ?? []) {
      outcomes.set(failed.Id, { sent: false, reason: failed.Message ?? failed.Code, senderFault: failed.SenderFault });
    }
    return entries.map(
      (_, index) => outcomes.get(String(index)) ?? { sent: false, reason: 'the queue server said nothing of it', senderFault: false },
    );
  };

  const receiveChunk = async (url: string, max: number, visibilityS: number, waitS: number): Promise<BackendMessage[]> => {
    const answer = answers.received.Parse(
      await call('ReceiveMessage', {
        QueueUrl: url,
        MaxNumberOfMessages: max,
        VisibilityTimeout: visibilityS,
        WaitTimeSeconds: waitS,
        AttributeNames: RECEIVE_ATTRIBUTES,
        MessageAttributeNames: [TAG_ATTRIBUTE],
      }),
    );
    return (answer.Messages ?? []).map((message) => {
      const tagText = message.MessageAttributes?.[TAG_ATTRIBUTE]?.StringValue;
      const tag = tagText === undefined ? undefined : readTag(tagText);
      return {
        messageId: tag?.id ?? message.MessageId,
        receipt: message.ReceiptHandle,
        body: message.Body,
        bodyMd5: message.MD5OfBody,
        sentAtMs: tag?.sentAtMs ?? Number(message.Attributes.SentTimestamp),
        firstReceivedAtMs: Number(message.Attributes.ApproximateFirstReceiveTimestamp),
        receiveCount: Number(message.Attributes.ApproximateReceiveCount),
        ...(tag ? { tag } : {}),
      };
    });
  };

  return {
    async createQueue(queue) {
      const created = answers.queueUrl.Parse(await call('CreateQueue', { QueueName: queue }));
      urls.set(queue, created.QueueUrl);
    },
    async deleteQueue(queue) {
      await call('DeleteQueue', { QueueUrl: await urlOf(queue) });
      urls.delete(queue);
    },
    async listQueues(prefix) {
      const answer = answers.queueUrls.Parse(await call('ListQueues', { QueueNamePrefix: prefix }));
      return (answer.QueueUrls ?? []).map((url) => url.slice(url.lastIndexOf('/') + 1));
    },
    async counts(queue) {
      const answer = answers.counts.Parse(
        await call('GetQueueAttributes', { QueueUrl: await urlOf(queue), AttributeNames: COUNT_ATTRIBUTES }),
      );
      return {
        visible: Number(answer.Attributes.ApproximateNumberOfMessages),
        inFlight: Number(answer.Attributes.ApproximateNumberOfMessagesNotVisible),
        delayed: Number(answer.Attributes.ApproximateNumberOfMessagesDelayed),
      };
    },
    async setRetention(queue, retentionS) {
      await call('SetQueueAttributes', { QueueUrl: await urlOf(queue), Attributes: { MessageRetentionPeriod: String(retentionS) } });
    },
    async send(queue, entries) {
      const url = await urlOf(queue);
      const outcomes: SendOutcome[] = [];
      for (const chunk of chunks(entries)) {
        try {
          outcomes.push(...(await sendChunk(url, chunk)));
        } catch (error) {
          // What an earlier call has sent is sent: the caller must hear of it.
          if (outcomes.length === 0) throw error;
          outcomes.push(...chunk.map((): SendOutcome => ({ sent: false, reason: 'the queue server failed', senderFault: false })));
        }
      }
      return outcomes;
    },
    async receive(queue, max, visibilityS, waitS) {
      const url = await urlOf(queue);
      const messages = await receiveChunk(url, Math.min(max, BATCH), visibilityS, waitS);
      if (messages.length < BATCH || max <= BATCH) return messages;
      try {
        messages.push(...(await receiveChunk(url, max - BATCH, visibilityS, 0)));
      } catch {
        // The first ten are in our hands already: they must be handed on.
      }
      return messages;
    },
    async remove(queue, receipts) {
      const url = await urlOf(queue);
      const removed: boolean[] = [];
      for (const chunk of chunks(receipts)) {
        const entries = chunk.map((receipt, index) => ({ Id: String(index), ReceiptHandle: receipt }));
        const answer = answers.done.Parse(await call('DeleteMessageBatch', { QueueUrl: url, Entries: entries }));
        const done = new Set((answer.Successful ?? []).map((entry) => entry.Id));
        removed.push(...chunk.map((_, index) => done.has(String(index))));
      }
      return removed;
    },
    async changeVisibility(queue, receipt, visibilityS) {
      try {
        await call('ChangeMessageVisibility', { QueueUrl: await urlOf(queue), ReceiptHandle: receipt, VisibilityTimeout: visibilityS });
        return true;
      } catch (error) {
        if (error instanceof SqsCallError && error.code !== 'Unreachable' && error.code !== 'Unintelligible') return false;
        throw error;
      }
    },
    async release(queue, receipts) {
      const url = await urlOf(queue);
      for (const chunk of chunks(receipts)) {
        const entries = chunk.map((receipt, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: 0 }));
        await call('ChangeMessageVisibilityBatch', { QueueUrl: url, Entries: entries });
      }
    },
  };
}
