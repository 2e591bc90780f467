import { createHash, createHmac } from 'node:crypto';

import { Pool } from 'undici';

import { callHeaders } from '#standins/sqs/call.ts';

/** A queue at the least a client can cost: no SDK, one pool of kept connections, answers read with an expression for the receipts. */
export interface RawQueue {
  /** Entries a call: the protocol's most. */
  readonly batch: number;
  send(): Promise<void>;
  /** Promises the receipts of what it received, as they are in the answer. */
  receive(): Promise<string[]>;
  remove(receipts: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface RawQueueOptions {
  readonly url: string;
  readonly queue: string;
  readonly connections: number;
  /** What every message carries: of characters that need no escape in XML or JSON. */
  readonly body: string;
}

const inner = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found ?? '');

/** MNS as its own clients speak it: signed XML, sixteen a batch. */
export function openRawMns(options: RawQueueOptions & { readonly accessKeyId: string; readonly secretAccessKey: string }): RawQueue {
  const pool = new Pool(options.url, { connections: options.connections });
  const batch = 16;
  const target = `/queues/${options.queue}/messages`;
  const xml = (root: string, entries: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://mns.aliyuncs.com/doc/v1/">${entries}</${root}>`;
  const messages = xml('Messages', `<Message><MessageBody>${options.body}</MessageBody></Message>`.repeat(batch));

  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body: string | undefined, expected: number): Promise<string> => {
    const date = new Date().toUTCString();
    const type = body === undefined ? '' : 'text/xml';
    const md5 = body === undefined ? '' : Buffer.from(createHash('md5').update(body).digest('hex')).toString('base64');
    const signature = createHmac('sha1', options.secretAccessKey)
      .update(`${method}\n${md5}\n${type}\n${date}\nx-mns-version:2015-06-06\n${path}`)
      .digest('base64');
    const answer = await pool.request({
      path,
      method,
      headers: {
        date,
        'x-mns-version': '2015-06-06',
        authorization: `MNS ${options.accessKeyId}:${signature}`,
        ...(body === undefined ? {} : { 'content-type': type, 'content-md5': md5 }),
      },
      body: body ?? null,
    });
    const text = await answer.body.text();
    if (answer.statusCode === expected || text.includes('<Code>MessageNotExist</Code>')) return text;
    throw new Error(`${method} ${path} was answered with ${answer.statusCode}: ${text.slice(0, 300)}`);
  };

  return {
    batch,
    send: async () => void (await call('POST', target, messages, 201)),
    receive: async () =>
      inner(await call('GET', `${target}?numOfMessages=${batch}`, undefined, 200), /<ReceiptHandle>([^<]+)<\/ReceiptHandle>/g),
    async remove(receipts) {
      const handles = receipts.map((receipt) => `<ReceiptHandle>${receipt}</ReceiptHandle>`).join('');
      await call('DELETE', target, xml('ReceiptHandles', handles), 204);
    },
    close: () => pool.destroy(),
  };
}

/** SQS's JSON protocol, ten a batch. The receipts stay the JSON that they came in. */
export function openRawSqs(options: RawQueueOptions & { readonly region: string }): RawQueue {
  const pool = new Pool(options.url, { connections: options.connections });
  const batch = 10;
  const url = JSON.stringify(`${options.url}/000000000000/${options.queue}`);
  const entry = (index: number, field: string): string => `{"Id":"${index}",${field}}`;
  const entries = Array.from({ length: batch }, (_, index) => entry(index, `"MessageBody":${JSON.stringify(options.body)}`));
  const messages = `{"QueueUrl":${url},"Entries":[${entries.join(',')}]}`;

  const call = async (action: string, body: string): Promise<string> => {
    const answer = await pool.request({ path: '/', method: 'POST', headers: callHeaders(action, options.region), body });
    const text = await answer.body.text();
    if (answer.statusCode === 200 && !/"Failed": *\[ *\{/.test(text)) return text;
    throw new Error(`${action} was answered with ${answer.statusCode}: ${text.slice(0, 300)}`);
  };

  return {
    batch,
    send: async () => void (await call('SendMessageBatch', messages)),
    receive: async () =>
      inner(
        await call('ReceiveMessage', `{"QueueUrl":${url},"MaxNumberOfMessages":${batch},"WaitTimeSeconds":0}`),
        /"ReceiptHandle": *("[^"]+")/g,
      ),
    async remove(receipts) {
      const handles = receipts.map((receipt, index) => entry(index, `"ReceiptHandle":${receipt}`));
      await call('DeleteMessageBatch', `{"QueueUrl":${url},"Entries":[${handles.join(',')}]}`);
    },
    close: () => pool.destroy(),
  };
}
