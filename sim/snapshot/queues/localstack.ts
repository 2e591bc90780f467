import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { SqsCall } from '#standins/sqs/call.ts';
import type { ReadQueue, SavedMessage } from './message.ts';

const QueueUrl = Type.Object({ QueueUrl: Type.String() });
const Attribute = Type.Object({ Name: Type.String(), Value: Type.String() });
const Message = Type.Object({
  Body: Type.Union([Type.String(), Type.Null()]),
  MessageAttribute: Type.Optional(Type.Unknown()),
  Attribute: Type.Optional(Type.Union([Attribute, Type.Array(Attribute)])),
});
const listOf = Type.Union([Type.Null(), Message, Type.Array(Message)]);
const Listing = Type.Object({
  ReceiveMessageResponse: Type.Object({
    ReceiveMessageResult: Type.Union([Type.Null(), Type.Object({ Message: Type.Optional(listOf) })]),
  }),
});

/**
 * LocalStack lists a queue without touching it (https://docs.localstack.cloud/aws/services/sqs/, "SQS Query API: developer endpoints"), in XML turned
 * into JSON: one message is no array, none is null. Attributes of messages are not written by anything here, and are refused rather than lost.
 */
export function localstackQueue(url: string, name: string, call: SqsCall): ReadQueue {
  return async () => {
    const { QueueUrl: queue } = Value.Parse(QueueUrl, await call('GetQueueUrl', { QueueName: name }));
    const query = new URLSearchParams({ QueueUrl: queue, ShowInvisible: 'true', ShowDelayed: 'true' });
    const response = await fetch(`${url}/_aws/sqs/messages?${query.toString()}`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`LocalStack answered ${response.status} when it was asked for the queue ${name}`);
    const found = Value.Parse(Listing, await response.json()).ReceiveMessageResponse.ReceiveMessageResult?.Message ?? [];
    return [found].flat().map((message): SavedMessage => {
      if (message.MessageAttribute !== undefined) throw new Error(`a message of the queue ${name} has attributes, which cannot be saved`);
      return { body: message.Body ?? '' };
    });
  };
}
