import type { RouteHandlerMethod } from 'fastify';
import { buildApp } from 'fauxqs';
import { callHeaders, readCallBody, type SqsCall } from './call.ts';

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
  nameByCaller(app);
  const handler = await handlerOf(app);
  const url = await app.listen({ host: '127.0.0.1', port: options.port });
  const { host } = new URL(url);
  const call: SqsCall = async (action, input) => {
    let status = 200;
    const reply = {
      status: (code: number) => {
        status = code;
      },
      header: () => undefined,
    };
    const answer: unknown = await Reflect.apply(handler, app, [
      { headers: { ...callHeaders(action, options.region), host }, body: input },
      reply,
    ]);
    return readCallBody(action, status, answer);
  };
  for (const queue of options.queues) await call('CreateQueue', { QueueName: queue });
  return { url, call, close: () => app.close() };
}

/** `sqs.REGION.localhost`, whatever the caller's name for this host is: few systems resolve that. */
const FAUXQS_HOST = /http:\/\/sqs\.[a-z0-9-]+\.localhost(?::\d+)?(?=\/)/g;
const URL_ACTIONS = /\.(CreateQueue|GetQueueUrl|ListQueues)$/;

/** Answers queue URLs at the address that the caller has used, since clients by default send their calls to the queue's URL. */
function nameByCaller(app: ReturnType<typeof buildApp>): void {
  app.addHook('onSend', async ({ headers: { host, 'x-amz-target': target } }, _reply, payload) =>
    typeof payload === 'string' && host !== undefined && URL_ACTIONS.test(String(target))
      ? payload.replaceAll(FAUXQS_HOST, `http://${host}`)
      : payload,
  );
}

/**
 * The handler of fauxqs's only SQS route, as Fastify shows it to a hook. Called directly, a call costs a tenth of what it does through a
 * simulated request: no streams, no hooks, no JSON there and back.
 */
async function handlerOf(app: ReturnType<typeof buildApp>): Promise<RouteHandlerMethod> {
  let handler: RouteHandlerMethod | undefined;
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method === 'POST' && request.routeOptions.url === '/') handler ??= request.routeOptions.handler;
    done();
  });
  await app.inject({ method: 'POST', url: '/', headers: { 'content-type': 'application/x-amz-json-1.0' }, payload: '{}' });
  if (handler === undefined) throw new Error('fauxqs has no SQS route any more: look at its buildApp, and call it through inject');
  return handler;
}
