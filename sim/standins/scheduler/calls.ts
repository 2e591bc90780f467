import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { AccessKey } from '../secrets-file/secrets-file.ts';
import type { SqsCall } from '../sqs/call.ts';

interface CallOptions {
  readonly endpoint: string;
  /** The key of the moment. */
  readonly accessKey: () => AccessKey;
}

const Target = Compile(Type.Object({ QueueUrl: Type.String() }));
const Message = Compile(Type.Object({ QueueUrl: Type.String(), MessageBody: Type.String() }));

/** What a sweep needs of SQS, by the vendor's client: signed, so that it works on the real one. */
export function awsCall({ endpoint, region, accessKey }: CallOptions & { readonly region: string }): SqsCall {
  const credentials = (): Promise<AccessKey> => {
    const { sessionToken = '', ...key } = accessKey();
    return Promise.resolve(sessionToken === '' ? key : { ...key, sessionToken });
  };
  const client = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false, maxAttempts: 2 });
  return async (action, input) => {
    if (action === 'GetQueueUrl') return client.send(new GetQueueUrlCommand({ QueueName: String(input['QueueName']) }));
    if (action === 'GetQueueAttributes') {
      return client.send(new GetQueueAttributesCommand({ ...Target.Parse(input), AttributeNames: ['ApproximateNumberOfMessages'] }));
    }
    if (action === 'SendMessage') return client.send(new SendMessageCommand(Message.Parse(input)));
    throw new RangeError(`a sweep has no need of ${action}`);
  };
}

const Attributes = Compile(Type.Object({ body: Type.Object({ ActiveMessages: Type.Union([Type.String(), Type.Number()]) }) }));

/** The same of MNS, by the vendor's client, in the shape of SQS's answers. */
export function alibabaCall({ endpoint, accessKey }: CallOptions): SqsCall {
  return async (action, input) => {
    const { default: Client } = await import('@alicloud/mns');
    const { accessKeyId, secretAccessKey: accessKeySecret, sessionToken: securityToken = '' } = accessKey();
    const client = new Client('attached', { endpoint, accessKeyId, accessKeySecret, securityToken });
    if (action === 'GetQueueUrl') return { QueueUrl: String(input['QueueName']) };
    if (action === 'GetQueueAttributes') {
      const { body } = Attributes.Parse(await client.getQueueAttributes(Target.Parse(input).QueueUrl));
      return { Attributes: { ApproximateNumberOfMessages: String(body.ActiveMessages) } };
    }
    if (action === 'SendMessage') {
      const { QueueUrl, MessageBody } = Message.Parse(input);
      return client.sendMessage(QueueUrl, { MessageBody });
    }
    throw new RangeError(`a sweep has no need of ${action}`);
  };
}
