import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { decodeBody } from '#platform/queue/mns-body.ts';

import { handleMessages, type HandleDeps, type Handled } from './handle.ts';

/**
 * The worker where the platform has no workers: a queue trigger hands messages over and deletes them, or delivers them again, by what it is
 * answered. What is done with them is `handleMessages`, the same as behind the long poll.
 */
export type Trigger = (
  event: unknown,
  signal: AbortSignal,
) => Promise<{ readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }>;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
const SqsEvent = Compile(
  Type.Object({
    Records: Type.Array(
      Type.Object({
        messageId: Type.String({ minLength: 1 }),
        body: Type.String(),
        attributes: Type.Optional(Type.Object({ ApproximateReceiveCount: Type.Optional(Type.String({ pattern: '^[0-9]+$' })) })),
      }),
    ),
  }),
);

/** Messages that have to come again: what is not answered, and what a newer worker may understand. */
const failedOf = (handled: Handled): string[] => [...handled.kept, ...handled.pauses.keys()];

/** AWS Lambda behind SQS, with ReportBatchItemFailures: names the messages that are to be delivered again. Throws for what is no such event. */
export function sqsTrigger(deps: HandleDeps): Trigger {
  return async (event, signal) => {
    const messages = SqsEvent.Parse(event).Records.map(({ messageId, body, attributes }) => ({
      id: messageId,
      body,
      receiveCount: Number(attributes?.ApproximateReceiveCount ?? 1),
    }));
    // What an earlier call has learnt of a peer that was down says nothing about now.
    deps.gate.reopen();
    const handled = await handleMessages(deps, messages, signal);
    return { batchItemFailures: failedOf(handled).map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** https://www.alibabacloud.com/help/en/functioncompute/fc/mns-queue-triggers */
const MnsEvent = Compile(
  Type.Array(
    Type.Object({
      id: Type.String({ minLength: 1 }),
      data: Type.Object({ messageId: Type.Optional(Type.String({ minLength: 1 })), messageBody: Type.String() }),
    }),
  ),
);

/** A batch that is not done: Function Compute knows no part of one, so it comes again whole. What was answered of it is remembered. */
export class BatchUnfinished extends Error {}

/** Alibaba Function Compute behind an MNS queue (an event stream of CloudEvents). Throws BatchUnfinished where messages have to come again. */
export function mnsTrigger(deps: HandleDeps): (event: unknown, signal: AbortSignal) => Promise<void> {
  return async (event, signal) => {
    const messages = MnsEvent.Parse(event).map(({ id, data }) => ({
      id: data.messageId ?? id,
      body: decodeBody(data.messageBody),
      receiveCount: 1,
    }));
    deps.gate.reopen();
    const failed = failedOf(await handleMessages(deps, messages, signal));
    if (failed.length > 0) throw new BatchUnfinished(`${failed.length} of ${messages.length} messages are not done`);
  };
}
