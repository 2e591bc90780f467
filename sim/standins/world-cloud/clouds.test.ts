import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import MNS from '@alicloud/mns';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporarySecrets, TEST_KEY, type TemporarySecrets } from '../secrets-file/temporary-file.ts';
import { startSqs } from '../sqs/fauxqs.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

let file: TemporarySecrets;
const children: Child[] = [];

beforeEach(async () => {
  file = await temporarySecrets({ a: 'one' });
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  await file.remove();
});

function run(cloud: string, args: readonly string[]): Child {
  const main = fileURLToPath(new URL(`../${cloud}-cloud/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** What the child announced until it was ready: component to URL. */
async function announced(child: Child): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const entry: { event?: string; name?: string; url?: string } = JSON.parse(line);
    if (entry.event === 'listening') urls.set(entry.name ?? '', entry.url ?? '');
    if (entry.event === 'ready') return urls;
  }
  throw new Error('it ended before it was ready');
}

async function stop(child: Child): Promise<number | null> {
  child.kill('SIGTERM');
  await once(child, 'exit');
  return child.exitCode;
}

async function text(stream: Readable): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}

const mnsAt = (endpoint: string): MNS =>
  new MNS('1', { endpoint, accessKeyId: TEST_KEY.accessKeyId, accessKeySecret: TEST_KEY.secretAccessKey });

describe('the cloud processes', () => {
  it('world: announces queue and secrets, sweeps, and drains on SIGTERM', async () => {
    const child = run('world', ['--secrets-file', file.path, '--queue', 'work', '--sweep-interval', '10ms']);
    const urls = await announced(child);
    expect([...urls.keys()].sort()).toEqual(['world:cloud-control', 'world:queue', 'world:secrets']);
    expect(await (await fetch(`${urls.get('world:secrets')}/credentials`)).json()).toMatchObject({ AccessKeyId: TEST_KEY.accessKeyId });
    const sqs = new SQSClient({
      region: 'eu-west-1',
      endpoint: urls.get('world:queue') ?? '',
      useQueueUrlAsEndpoint: false,
      credentials: { ...TEST_KEY },
    });
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'work' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    expect(Messages?.[0]?.Body).toContain('madeinworld.sync.sweep.v1');
    sqs.destroy();
    expect(await stop(child)).toBe(0);
  });

  it('china: announces gateway, its queue server and secrets, sweeps in Base64, and ends in the middle of a long poll', async () => {
    const child = run('china', ['--secrets-file', file.path, '--queue', 'work', '--queue', 'quiet', '--sweep-interval', '10ms']);
    const urls = await announced(child);
    expect([...urls.keys()].sort()).toEqual(['china:cloud-control', 'china:queue', 'china:queue-backend', 'china:secrets']);
    const mns = mnsAt(urls.get('china:queue') ?? '');
    const { body } = await mns.receiveMessage('work', 10);
    expect(Buffer.from(body['MessageBody'] ?? '', 'base64').toString()).toContain('madeinworld.sync.sweep.v1');
    await mns.createQueue('empty');
    const poll = mns.receiveMessage('empty', 30);
    const ended = expect(poll).rejects.toThrow();
    expect(await stop(child)).toBe(0);
    await ended;
  });

  it('china: serves queues of a server elsewhere', async () => {
    const backend = await startSqs({ port: 0, region: 'eu-west-1', queues: [] });
    const child = run('china', ['--secrets-file', file.path, '--queue', 'work', '--backend-url', backend.url, '--sweep-interval', '0']);
    const urls = await announced(child);
    expect([...urls.keys()].sort()).toEqual(['china:cloud-control', 'china:queue', 'china:secrets']);
    const mns = mnsAt(urls.get('china:queue') ?? '');
    await mns.sendMessage('work', { MessageBody: 'YQ==' });
    expect(await backend.call('ReceiveMessage', { QueueUrl: `${backend.url}/000000000000/work` })).toMatchObject({
      Messages: [{ Body: 'YQ==' }],
    });
    await stop(child);
    await backend.close();
  });

  it.each([
    ['world', ['--no-such-flag'], /no-such-flag/],
    ['china', ['--secrets-file', 'x', '--sweep-interval', 'often'], /--sweep-interval/],
    ['china', [], /--secrets-file/],
  ])('%s: a wrong command line ends it with 2 and the reason', async (cloud, args, reason) => {
    const child = run(cloud, args);
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(said).toMatch(reason);
    expect(child.exitCode).toBe(2);
  });

  it('world: a secrets file that is not there ends it with 1 and the reason', async () => {
    const child = run('world', ['--secrets-file', `${file.path}.missing`]);
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(said).toMatch(/cannot read the secrets file/);
    expect(child.exitCode).toBe(1);
  });
});
