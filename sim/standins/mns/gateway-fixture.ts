import { createHash, createHmac } from 'node:crypto';
import Client from '@alicloud/mns';
import { closeServer, listenOnLoopback } from '../child.ts';
import type { SqsCall } from '../sqs/call.ts';
import { startSqs } from '../sqs/fauxqs.ts';
import { createGateway } from './gateway.ts';

/** A request made by hand: what is left out is what a proper client would send. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly body?: string | Buffer;
  /** Sent and signed over what a client would send; undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly secretKey?: string;
  readonly signal?: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text of the first element of that name. */
  field(name: string): string | undefined;
}

export const ACCESS_KEY = 'LTAI-twin';
export const SECRET_KEY = 'secret-of-the-twin';

/** A gateway over a real queue server, with a clock that can be moved. */
export interface GatewayFixture {
  readonly url: string;
  readonly client: Client;
  readonly sqs: SqsCall;
  /** Moves the gateway's clock; the queue server's stays. */
  advanceMs(ms: number): void;
  request(raw: RawRequest): Promise<RawAnswer>;
  /** Resolves when a client's connection next closes, as the gateway sees it. */
  connectionClosed(): Promise<void>;
  close(): Promise<void>;
}

export interface FixtureOptions {
  readonly pollQuota?: number;
  /** Stands between the gateway and its queue server. */
  readonly between?: (sqs: SqsCall) => SqsCall;
}

/** Signs as https://www.alibabacloud.com/help/en/message-service/latest/sign-requests says, apart from the gateway's own code. */
function sign(method: string, target: string, headers: Readonly<Record<string, string>>, secretKey: string): string {
  const lines = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', headers['date'] ?? headers['x-mns-date'] ?? ''];
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-mns-'));
  own.sort(([a], [b]) => (a < b ? -1 : 1));
  lines.push(...own.map(([name, value]) => `${name}:${value}`), target);
  return createHmac('sha1', secretKey).update(lines.join('\n')).digest('base64');
}

export async function startGatewayFixture(options: FixtureOptions = {}): Promise<GatewayFixture> {
  const sqs = await startSqs({ port: 0, region: 'eu-west-1', queues: [] });
  const draining = new AbortController();
  const faults: unknown[] = [];
  let offsetMs = 0;
  const server = createGateway({
    sqs: options.between ? options.between(sqs.call) : sqs.call,
    secretKeyOf: (id) => (id === ACCESS_KEY ? SECRET_KEY : undefined),
    nowMs: () => Date.now() + offsetMs,
    draining: draining.signal,
    onFault: (fault) => faults.push(fault),
    ...(options.pollQuota === undefined ? {} : { pollQuota: options.pollQuota }),
  });
  let onClosed = Promise.withResolvers<void>();
  server.on('connection', (socket) => {
    socket.once('close', () => {
      onClosed.resolve();
      onClosed = Promise.withResolvers();
    });
  });
  const url = await listenOnLoopback(server, 0);

  const request = async (raw: RawRequest): Promise<RawAnswer> => {
    const withBody = raw.body !== undefined;
    const proper: Record<string, string | undefined> = {
      date: new Date(Date.now() + offsetMs).toUTCString(),
      'x-mns-version': '2015-06-06',
      ...(withBody ? { 'content-type': 'text/xml', 'content-md5': createHash('md5').update(raw.body).digest('base64') } : {}),
      ...raw.headers,
    };
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(proper)) if (value !== undefined) headers[name] = value;
    const authorization = `MNS ${ACCESS_KEY}:${sign(raw.method, raw.target, headers, raw.secretKey ?? SECRET_KEY)}`;
    if (!('authorization' in proper)) headers['authorization'] = authorization;
    const answer = await fetch(url + raw.target, {
      method: raw.method,
      headers,
      ...(withBody ? { body: raw.body } : {}),
      ...(raw.signal ? { signal: raw.signal } : {}),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      field: (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1],
    };
  };

  return {
    url,
    client: new Client('1234567890', { endpoint: url, accessKeyId: ACCESS_KEY, accessKeySecret: SECRET_KEY }),
    sqs: sqs.call,
    advanceMs: (ms) => {
      offsetMs += ms;
    },
    request,
    connectionClosed: () => onClosed.promise,
    async close() {
      draining.abort();
      server.closeAllConnections();
      await closeServer(server);
      await sqs.close();
      if (faults.length > 0) throw new AggregateError(faults, 'the gateway failed during the test');
    },
  };
}

/** A document of MNS. */
export function xmlOf(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://mns.aliyuncs.com/doc/v1/">${inner}</${root}>`;
}
