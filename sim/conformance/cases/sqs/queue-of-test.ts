import { randomUUID } from 'node:crypto';

import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';
import { afterAll, expect } from 'vitest';

import type { SqsTarget } from '../../components/sqs.ts';

/** A queue that only one test uses. */
export interface TestQueue {
  readonly client: SQSClient;
  readonly name: string;
  readonly url: string;
  send(body: string, more?: { DelaySeconds?: number; MessageGroupId?: string; MessageDeduplicationId?: string }): Promise<string>;
  /** One receive; waits for the first message for as long as is said, in s. */
  receive(waitSeconds?: number, more?: { MaxNumberOfMessages?: number; VisibilityTimeout?: number }): Promise<Message[]>;
  attributes(...names: QueueAttributeName[]): Promise<Record<string, string>>;
}

export interface Queues {
  readonly client: () => SQSClient;
  make(attributes?: Partial<Record<QueueAttributeName, string>>): Promise<TestQueue>;
}

/** The vendor's client for the tests of a file, and queues of their own. */
export function useQueues(target: () => SqsTarget): Queues {
  let opened: SQSClient | undefined;
  const client = (): SQSClient => {
    const { url, region, accessKey } = target();
    opened ??= new SQSClient({ endpoint: url, region, credentials: { ...accessKey }, maxAttempts: 1 });
    return opened;
  };
  afterAll(() => opened?.destroy());
  return {
    client,
    async make(attributes = {}) {
      const name = `${randomUUID()}${attributes.FifoQueue === 'true' ? '.fifo' : ''}`;
      const { QueueUrl = '' } = await client().send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
      return queueAt(client(), name, QueueUrl);
    },
  };
}

function queueAt(client: SQSClient, name: string, url: string): TestQueue {
  return {
    client,
    name,
    url,
    async send(body, more = {}) {
      const { MessageId = '' } = await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...more }));
      return MessageId;
    },
    async receive(waitSeconds = 0, more = {}) {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...more,
      });
      return (await client.send(command)).Messages ?? [];
    },
    async attributes(...names) {
      const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names });
      return (await client.send(command)).Attributes ?? {};
    },
  };
}

export const bodiesOf = (messages: readonly Message[]): (string | undefined)[] => messages.map(({ Body }) => Body);

/** A refusal by its name; the older protocol's prefix, which `error-names` is about, may stand before it. */
export const refusedAs = (name: string): object => ({
  name: expect.stringMatching(new RegExp(`^(AWS\\.SimpleQueueService\\.)?${name}$`)),
});
