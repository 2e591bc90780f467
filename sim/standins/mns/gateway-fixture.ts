import Client from '@alicloud/mns';
import { closeServer, listenOnLoopback } from '../child.ts';
import type { SqsCall } from '../sqs/call.ts';
import { startSqs } from '../sqs/fauxqs.ts';
import { createGateway } from './gateway.ts';
import { sendSigned, type RawAnswer, type RawRequest } from './signed-request.ts';

const KEY = { accessKeyId: 'LTAI-twin', secretAccessKey: 'secret-of-the-twin' };

/** A gateway in this process over a real queue server, with a clock that can be moved. */
export interface GatewayFixture {
  readonly url: string;
  /** The pair that opens it. */
  readonly accessKey: typeof KEY;
  readonly client: Client;
  /** Moves the gateway's clock; the queue server's stays. */
  advanceMs(ms: number): void;
  request(raw: RawRequest): Promise<RawAnswer>;
  /** Resolves when a client's connection next closes, as the gateway sees it. */
  connectionClosed(): Promise<void>;
  close(): Promise<void>;
}

export interface FixtureOptions {
  /** The queue server; a fauxqs of its own unless given. */
  readonly sqs?: SqsCall;
  readonly pollQuota?: number;
  readonly maxDelayS?: number;
  /** Stands between the gateway and its queue server. */
  readonly between?: (sqs: SqsCall) => SqsCall;
}

export async function startGatewayFixture(options: FixtureOptions = {}): Promise<GatewayFixture> {
  const own = options.sqs ? undefined : await startSqs({ port: 0, region: 'eu-west-1', queues: [] });
  const sqs = options.sqs ?? own?.call;
  if (!sqs) throw new Error('there is no queue server');
  const draining = new AbortController();
  const faults: unknown[] = [];
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + offsetMs;
  const server = createGateway({
    sqs: options.between ? options.between(sqs) : sqs,
    secretKeyOf: (id) => (id === KEY.accessKeyId ? KEY.secretAccessKey : undefined),
    nowMs,
    draining: draining.signal,
    onFault: (fault) => faults.push(fault),
    ...(options.pollQuota === undefined ? {} : { pollQuota: options.pollQuota }),
    ...(options.maxDelayS === undefined ? {} : { maxDelayS: options.maxDelayS }),
  });
  let onClosed = Promise.withResolvers<void>();
  server.on('connection', (socket) => {
    socket.once('close', () => {
      onClosed.resolve();
      onClosed = Promise.withResolvers();
    });
  });
  const url = await listenOnLoopback(server, 0);
  return {
    url,
    accessKey: KEY,
    client: new Client('1234567890', { endpoint: url, accessKeyId: KEY.accessKeyId, accessKeySecret: KEY.secretAccessKey }),
    advanceMs: (ms) => {
      offsetMs += ms;
    },
    request: (raw) => sendSigned({ url, ...KEY, nowMs }, raw),
    connectionClosed: () => onClosed.promise,
    async close() {
      draining.abort();
      server.closeAllConnections();
      await closeServer(server);
      await own?.close();
      if (faults.length > 0) throw new AggregateError(faults, 'the gateway failed during the test');
    },
  };
}
