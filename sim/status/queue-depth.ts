import { createHmac } from 'node:crypto';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { queueOf } from '../attach/attachments.ts';
import { regionOf } from '../attach/environment.ts';
import { awsCredentials, type Credentials } from '../supervisor/secrets.ts';
import { awsRegion, queueName } from '../topology/environment.ts';

const QueueUrl = Type.Object({ QueueUrl: Type.String() });
const attributeNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
const Attributes = Type.Object({ Attributes: Type.Record(Type.String(), Type.String()) });
const limitMs = 2000;

/** How many messages an SQS queue holds: delivered, not delivered, not yet to be delivered. Emulators check no signature. */
export async function sqsDepth(url: string): Promise<number> {
  const call = async (action: string, input: unknown): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
        authorization: `AWS4-HMAC-SHA256 Credential=status/20260101/${awsRegion}/sqs/aws4_request, SignedHeaders=host, Signature=none`,
      },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(limitMs),
    });
    if (!response.ok) throw new Error(`${action} was answered with ${response.status}`);
    return await response.json();
  };
  const { QueueUrl: queue } = Value.Parse(QueueUrl, await call('GetQueueUrl', { QueueName: queueName }));
  const answer = await call('GetQueueAttributes', { QueueUrl: queue, AttributeNames: attributeNames });
  const { Attributes: attributes } = Value.Parse(Attributes, answer);
  return attributeNames.reduce((sum, name) => sum + Number(attributes[name] ?? 0), 0);
}

/** The same of a queue that the user has attached, which does check signatures; `queue` is another one of the same account. */
export async function attachedSqsDepth(url: string, credentials: Credentials, queue?: string): Promise<number> {
  const { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const { endpoint, name = queueName } = queueOf(url);
  const client = new SQSClient({
    endpoint,
    region: regionOf(url),
    credentials: awsCredentials(credentials),
    useQueueUrlAsEndpoint: false,
    maxAttempts: 1,
  });
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue ?? name }));
    const { Attributes: attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...attributeNames] }),
    );
    return attributeNames.reduce((sum, attribute) => sum + Number(attributes[attribute] ?? 0), 0);
  } finally {
    client.destroy();
  }
}

/** How many messages an MNS queue holds: delivered, not delivered, not yet to be delivered; asked as any of its clients asks (GetQueueAttributes). */
export async function mnsDepth(queueUrl: string, credentials: Credentials): Promise<number> {
  const { endpoint: url, name = queueName } = queueOf(queueUrl);
  const resource = `/queues/${name}`;
  const date = new Date().toUTCString();
  const version = '2015-06-06';
  const text = ['GET', '', '', date, `x-mns-version:${version}`, resource].join('\n');
  const signature = createHmac('sha1', credentials.secretAccessKey).update(text).digest('base64');
  const response = await fetch(`${url}${resource}`, {
    headers: {
      date,
      'x-mns-version': version,
      authorization: `MNS ${credentials.accessKeyId}:${signature}`,
      ...(credentials.sessionToken && { 'security-token': credentials.sessionToken }),
    },
    signal: AbortSignal.timeout(limitMs),
  });
  const xml = await response.text();
  if (!response.ok) throw new Error(`GetQueueAttributes was answered with ${response.status}: ${xml.slice(0, 200)}`);
  return ['ActiveMessages', 'InactiveMessages', 'DelayMessages'].reduce((sum, name) => sum + numberIn(xml, name), 0);
}

function numberIn(xml: string, element: string): number {
  const digits = new RegExp(`<${element}>(\\d+)</${element}>`).exec(xml)?.[1];
  if (digits === undefined) throw new Error(`the queue's attributes lack ${element}`);
  return Number(digits);
}
