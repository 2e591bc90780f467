import { randomUUID } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { digestOfAttributes, digestOfBody, MessageAttribute } from './message-digest.ts';

const message = {
  MessageBody: Type.String({ minLength: 1 }),
  DelaySeconds: Type.Optional(Type.Integer()),
  MessageAttributes: Type.Optional(Type.Record(Type.String(), MessageAttribute)),
};
/** FIFO queues have promises of their own. */
const QueueUrl = Type.String({ pattern: '^(?!.*\\.fifo$)' });
const Single = Type.Object({ ...message, QueueUrl });
const Entry = Type.Object({ ...message, Id: Type.String() });
/** SQS takes ten at a time. */
const Batch = Type.Object({ QueueUrl, Entries: Type.Array(Entry, { minItems: 1, maxItems: 10 }) });
const BatchAnswer = Type.Object({ Successful: Type.Optional(Type.Array(Type.Object({ Id: Type.String() }))) });
export type Single = Static<typeof Single>;
export type Entry = Static<typeof Entry>;
export type Batch = Static<typeof Batch>;
const checks = { single: Compile(Single), batch: Compile(Batch), batchAnswer: Compile(BatchAnswer) };
const MOST_BYTES = 1_048_576;

/** The input of a SendMessage that a standard queue could take. What SQS would refuse is none, and goes to it as it is, to be refused. */
export function isSingle(input: unknown): input is Single {
  return checks.single.Check(input) && bytesOf([input]) <= MOST_BYTES;
}

/** The same of a SendMessageBatch. */
export function isBatch(input: unknown): input is Batch {
  if (!checks.batch.Check(input)) return false;
  const { Entries: entries } = input;
  return new Set(entries.map((entry) => entry.Id)).size === entries.length && bytesOf(entries) <= MOST_BYTES;
}

function bytesOf(messages: readonly { readonly MessageBody: string }[]): number {
  return messages.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
}

/** The entries of a batch that the queue took, by their ids. */
export function takenIn(answer: unknown): readonly { readonly Id: string }[] {
  return checks.batchAnswer.Check(answer) ? (answer.Successful ?? []) : [];
}

/** What SQS says of a message that it has taken. */
export function acknowledged(lost: { readonly MessageBody: string; readonly MessageAttributes?: Entry['MessageAttributes'] }): object {
  const attributes = digestOfAttributes(lost.MessageAttributes ?? {});
  return {
    MessageId: randomUUID(),
    MD5OfMessageBody: digestOfBody(lost.MessageBody),
    ...(attributes === undefined ? {} : { MD5OfMessageAttributes: attributes }),
  };
}

/** The server's answer to a batch, with what was lost among the successes, in the order of the entries. */
export function withAcknowledged(answer: unknown, lost: readonly Entry[], entries: readonly Entry[]): object {
  const successes = new Map<string, object>(takenIn(answer).map((success) => [success.Id, success]));
  for (const entry of lost) successes.set(entry.Id, { Id: entry.Id, ...acknowledged(entry) });
  const rest = typeof answer === 'object' ? answer : {};
  return { ...rest, Successful: entries.flatMap(({ Id }) => successes.get(Id) ?? []) };
}
