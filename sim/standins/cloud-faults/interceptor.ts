import { Agent, createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { readBody } from '../http-server/read-body.ts';

/** A request of interest, read whole. */
export interface HeldRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Asks the server behind, with the headers of this request but for those named. Rejects where it cannot be reached. */
  exchange(body: Buffer, headers?: Readonly<Record<string, string>>): Promise<HeldAnswer>;
}

/** An answer, whole. */
export interface HeldAnswer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface InterceptorDeps {
  /** The server behind, as it is at each request. */
  readonly upstream: () => string;
  readonly isOfInterest: (headers: IncomingHttpHeaders) => boolean;
  /** Answers in the server's place; undefined passes the request on as it came. */
  readonly answer: (held: HeldRequest) => Promise<HeldAnswer | undefined>;
}

const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Stands in front of an HTTP/1.1 server. What is of no interest passes as a stream, headers in the form and order in which they came; a client that goes
 * away takes its request with it. Where the server does not answer, the client sees its connection break.
 */
export function createInterceptor(deps: InterceptorDeps): Server {
  // A connection a request: one kept open would be the server's to close just when it is used.
  const agent = new Agent({ keepAlive: false });

  function open(incoming: IncomingMessage, headers: readonly string[]) {
    const { hostname: host, port } = new URL(deps.upstream());
    const { method, url: path } = incoming;
    return request({ agent, host, port, method, path, headers, setHost: false });
  }

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse, body?: Buffer): Promise<void> {
    const forwarded = open(incoming, endToEnd(incoming.rawHeaders));
    outgoing.once('close', () => forwarded.destroy());
    const answering = once(forwarded, 'response').then(async ([answer]: IncomingMessage[]) => {
      if (answer === undefined) return;
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
      await pipeline(answer, outgoing);
    });
    if (body === undefined) await Promise.all([pipeline(incoming, forwarded), answering]);
    else {
      forwarded.end(body);
      await answering;
    }
  }

  async function exchange(incoming: IncomingMessage, body: Buffer, changed: Readonly<Record<string, string>>): Promise<HeldAnswer> {
    const replaced = { ...changed, 'content-length': String(body.length) };
    const kept = without(endToEnd(incoming.rawHeaders), new Set([...Object.keys(replaced), 'transfer-encoding']));
    const forwarded = open(incoming, [...kept, ...Object.entries(replaced).flat()]);
    forwarded.end(body);
    const [answer]: IncomingMessage[] = await once(forwarded, 'response');
    if (answer === undefined) throw new Error('no answer');
    return { status: answer.statusCode ?? 502, rawHeaders: endToEnd(answer.rawHeaders), body: await buffer(answer) };
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      if (!deps.isOfInterest(incoming.headers)) return await pass(incoming, outgoing);
      const read = await readBody(incoming, BODY_LIMIT_BYTES);
      if (read.tooLong) return void outgoing.writeHead(413).end();
      const body = read.bytes;
      const answer = await deps.answer({
        headers: incoming.headers,
        body,
        exchange: (sent, headers = {}) => exchange(incoming, sent, headers),
      });
      if (answer === undefined) return await pass(incoming, outgoing, body);
      const headers = [...without(answer.rawHeaders, framing), 'content-length', String(answer.body.length)];
      outgoing.writeHead(answer.status, headers).end(answer.body);
    } catch {
      // As a server that is not there: no answer at all.
      outgoing.destroy();
    }
  }

  return createServer((incoming, outgoing) => void serve(incoming, outgoing));
}

const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection']);
const framing = new Set(['content-length', 'transfer-encoding']);

/** Headers without those that belong to one connection (RFC 9110, section 7.6.1), flat as Node hands them over. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return without(rawHeaders, hopByHop);
}

function without(rawHeaders: readonly string[], names: ReadonlySet<string>): string[] {
  return rawHeaders.filter((_, index) => !names.has((rawHeaders[index - (index % 2)] ?? '').toLowerCase()));
}
