import { createServer, type Server } from 'node:http';
import {
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServer, listenOnLoopback } from '../child.ts';
import { startSqs, type SqsServer } from '../sqs/fauxqs.ts';
import { createDenial, type Denial } from './denial.ts';
import { createQueueFaults, type QueueFaults } from './queue-faults.ts';
import { createSecretsInterceptor } from './secrets-interceptor.ts';
import { createSqsInterceptor } from './sqs-interceptor.ts';

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await closeServer(server);
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  return listenOnLoopback(server, 0);
}

describe('in front of an SQS server', () => {
  let sqs: SqsServer;
  let faults: QueueFaults;
  let client: SQSClient;
  let QueueUrl: string;

  beforeEach(async () => {
    sqs = await startSqs({ port: 0, region: 'eu-west-1', queues: ['work'] });
    faults = createQueueFaults();
    const endpoint = await listen(createSqsInterceptor(faults, () => sqs.url));
    client = new SQSClient({ region: 'eu-west-1', endpoint, useQueueUrlAsEndpoint: false, credentials, maxAttempts: 1 });
    QueueUrl = (await client.send(new GetQueueUrlCommand({ QueueName: 'work' }))).QueueUrl ?? '';
  });
  afterEach(async () => {
    client.destroy();
    await sqs.close();
  });

  const batchOf = (...bodies: readonly string[]) =>
    new SendMessageBatchCommand({ QueueUrl, Entries: bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody })) });

  async function received(): Promise<Message[]> {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages;
  }

  it('nothing is changed while no fault is in force: sends, receives, refusals', async () => {
    const MessageAttributes = { trace: { DataType: 'String', StringValue: 'abc' } };
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one', MessageAttributes }));
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    expect(Messages).toMatchObject([{ Body: 'one', MessageAttributes }]);
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it("a batch of which some is lost is answered whole, and AWS's own client believes the digests", async () => {
    faults.set('drop', { share: 0.5, seed: 3, delaySeconds: 0 });
    const { Successful = [], Failed = [] } = await client.send(batchOf('a', 'b', 'c', 'd', 'e', 'f'));
    expect([Successful.map(({ Id }) => Id), Failed]).toEqual([['0', '1', '2', '3', '4', '5'], []]);
    const { struck, seen } = faults.tallyOf('drop')!;
    expect(seen).toBe(6);
    expect(struck).toBeGreaterThan(0);
    expect(struck).toBeLessThan(6);
    expect(await received()).toHaveLength(6 - struck);
    const attributes = { raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) } };
    faults.set('drop', { share: 1, seed: 3, delaySeconds: 0 });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'g', MessageAttributes: attributes }));
    expect(await received()).toEqual([]);
  });

  it('a message is there twice', async () => {
    faults.set('duplicate', { share: 1, seed: 1, delaySeconds: 0 });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await client.send(batchOf('y'));
    expect((await received()).map(({ Body }) => Body).toSorted()).toEqual(['x', 'x', 'y', 'y']);
  });

  it('a message is there later', async () => {
    faults.set('delay', { share: 1, seed: 1, delaySeconds: 1 });
    await client.send(batchOf('x'));
    expect(await received()).toEqual([]);
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    expect(Messages).toMatchObject([{ Body: 'x' }]);
  });

  it("a refusal is the server's own", async () => {
    faults.set('drop', { share: 1, seed: 1, delaySeconds: 0 });
    const gone = new SendMessageCommand({ QueueUrl: `${QueueUrl}-none`, MessageBody: 'x' });
    await expect(client.send(gone)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(client.send(batchOf(...Array.from({ length: 11 }, () => 'x')))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
  });

  it('a server that is gone breaks the connection', async () => {
    faults.set('drop', { share: 1, seed: 1, delaySeconds: 0 });
    await sqs.close();
    await expect(client.send(batchOf('x'))).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'work' }))).rejects.toThrow();
  });
});

describe('in front of a Secrets Manager', () => {
  let denial: Denial;
  let client: SecretsManagerClient;

  beforeEach(async () => {
    // Whatever is asked of it, it answers with the name that it was asked for.
    const upstream = await listen(
      createServer((request, response) => {
        let text = '';
        request.on('data', (chunk) => (text += String(chunk)));
        request.on('end', () => {
          response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
          response.end(JSON.stringify({ SecretString: `value of ${JSON.parse(text).SecretId}` }));
        });
      }),
    );
    denial = createDenial();
    const endpoint = await listen(createSecretsInterceptor(denial, () => upstream));
    client = new SecretsManagerClient({ region: 'eu-west-1', endpoint, credentials, maxAttempts: 1 });
  });
  afterEach(() => client.destroy());

  const read = async (SecretId: string): Promise<string | undefined> =>
    (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;

  it('what is denied is refused as IAM does, by name and by ARN, and the rest is read', async () => {
    expect(await read('team/a')).toBe('value of team/a');
    denial.deny(['team/a']);
    const refusal = { name: 'AccessDeniedException', message: expect.stringContaining('secretsmanager:GetSecretValue on resource: ') };
    await expect(read('team/a')).rejects.toMatchObject(refusal);
    await expect(read('arn:aws:secretsmanager:eu-west-1:000000000000:secret:team/a-AbC123')).rejects.toMatchObject(refusal);
    expect(await read('team/a2')).toBe('value of team/a2');
    expect(denial.tally()).toEqual({ seen: 3, struck: 2 });
    denial.deny([]);
    await expect(read('team/a2')).rejects.toMatchObject(refusal);
    denial.allow();
    expect(await read('team/a')).toBe('value of team/a');
  });
});
