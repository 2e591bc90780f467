import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readBody } from './read-body.ts';

/** A request whose body has been read. */
export interface WholeRequest {
  readonly method: string;
  /** The request target exactly as it came: signatures are made over it. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborted when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
}

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Called when the client went away before the answer had left: takes back what it would have handed over. */
  readonly undelivered?: () => Promise<void>;
}

export interface AnsweringServerDeps {
  readonly bodyLimitBytes: number;
  readonly answer: (request: WholeRequest) => Promise<Answer>;
  /** The answer to a body over the limit. */
  readonly tooLong: (request: IncomingMessage) => Answer;
  /** The answer when `answer` rejected: a fault of the stand-in. */
  readonly failed: (error: unknown, request: IncomingMessage) => Answer;
  /** Told about faults nobody waits for. */
  readonly onFault: (error: unknown) => void;
}

/** Clients keep connections open between polls; a server that closes them first makes races. */
const KEEP_ALIVE_MS = 70_000;

/** An HTTP server which answers each whole request with one whole answer. It does not listen yet. */
export function createAnsweringServer(deps: AnsweringServerDeps): Server {
  const server = createServer((request, response) => {
    serve(deps, request, response).catch(deps.onFault);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  return server;
}

async function serve(deps: AnsweringServerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  let undelivered: Answer['undelivered'];
  response.once('close', () => {
    if (response.writableFinished) return;
    gone.abort();
    undelivered?.().catch(deps.onFault);
  });
  const answer = await answerTo(deps, request, gone.signal);
  if (answer === undefined) return;
  if (gone.signal.aborted) {
    await answer.undelivered?.();
    return;
  }
  undelivered = answer.undelivered;
  const hasBody = answer.status !== 204 && request.method !== 'HEAD';
  response.writeHead(answer.status, hasBody ? { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) } : answer.headers);
  response.end(hasBody ? answer.body : undefined);
}

async function answerTo(deps: AnsweringServerDeps, request: IncomingMessage, signal: AbortSignal): Promise<Answer | undefined> {
  try {
    const body = await readBody(request, deps.bodyLimitBytes);
    if (body.tooLong) return deps.tooLong(request);
    const { method = 'GET', url: target = '/', headers } = request;
    return await deps.answer({ method, target, headers, body: body.bytes, signal });
  } catch (error) {
    if (!request.complete) return undefined;
    return deps.failed(error, request);
  }
}
