import { buildApp } from 'fauxqs';
import { callHeaders, readCallAnswer, type SqsCall } from './call.ts';

/** An SQS server in this process. */
export interface SqsServer {
  readonly url: string;
  /** Calls it without going through a socket. */
  readonly call: SqsCall;
  close(): Promise<void>;
}

export interface SqsServerOptions {
  readonly port: number;
  /** Queues belong to a region; a client of another region does not see them. */
  readonly region: string;
  readonly queues: readonly string[];
}

/**
 * Starts fauxqs on 127.0.0.1 (its own `startFauxqs` binds every interface) and creates the queues.
 * Rejects with the bind error.
 */
export async function startSqs(options: SqsServerOptions): Promise<SqsServer> {
  const app = buildApp({ logger: false, defaultRegion: options.region });
  const url = await app.listen({ host: '127.0.0.1', port: options.port });
  // Queue URLs are made of the host that the caller names.
  const { host } = new URL(url);
  const call: SqsCall = async (action, input) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/',
      headers: { ...callHeaders(action, options.region), host },
      payload: JSON.stringify(input),
    });
    return readCallAnswer(action, answer.statusCode, answer.body);
  };
  for (const queue of options.queues) await call('CreateQueue', { QueueName: queue });
  return { url, call, close: () => app.close() };
}
