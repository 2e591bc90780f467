import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ApiError } from '../api-error.ts';
import type { Proxies } from '../proxies.ts';
import { handlers, type Handler } from './handlers.ts';
import type { Metrics } from './metrics.ts';
import { empty, failure, text, type Reply } from './reply.ts';

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

const MAX_BODY_BYTES = 16 * 1024 * 1024;

const routes: readonly Route[] = [
  { path: /^\/reset$/, methods: { POST: handlers.reset } },
  { path: /^\/proxies$/, methods: { GET: handlers.listProxies, POST: handlers.createProxy } },
  { path: /^\/populate$/, methods: { POST: handlers.populate } },
  {
    path: /^\/proxies\/([^/]+)$/,
    methods: { GET: handlers.showProxy, POST: handlers.updateProxy, PATCH: handlers.updateProxy, DELETE: handlers.deleteProxy },
  },
  { path: /^\/proxies\/([^/]+)\/toxics$/, methods: { GET: handlers.listToxics, POST: handlers.createToxic } },
  {
    path: /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/,
    methods: { GET: handlers.showToxic, POST: handlers.updateToxic, PATCH: handlers.updateToxic, DELETE: handlers.deleteToxic },
  },
  { path: /^\/version$/, methods: { GET: handlers.version } },
  { path: /^\/metrics$/, methods: { GET: handlers.metrics, POST: handlers.metrics, HEAD: handlers.metrics } },
];

/** The decoded path, or undefined when it cannot be decoded. */
function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?', 1)[0] ?? '');
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!(part instanceof Buffer)) continue;
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new ApiError('request body too large', 413);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function write(response: ServerResponse, { status, headers, body }: Reply): void {
  const length = status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

export interface ApiDeps {
  readonly proxies: Proxies;
  readonly metrics: Metrics;
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

/**
 * Toxiproxy's HTTP API: https://github.com/Shopify/toxiproxy/tree/v2.12.0#http-api. Requests are answered one after the other, so that two
 * changes of the same proxy never overlap. A browser is refused, as pages of any site could otherwise reach a local API.
 */
export function createApi({ proxies, metrics, log }: ApiDeps): RequestListener {
  let last: Promise<unknown> = Promise.resolve();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Reply> => {
    const path = pathOf(request.url ?? '/');
    if (path === undefined) return text(400, '400 Bad Request');
    for (const route of routes) {
      const match = route.path.exec(path);
      if (match === null) continue;
      const handler = route.methods[request.method ?? ''];
      if (handler === undefined) return empty(405);
      response.setHeader('X-Toxiproxy-Request-Id', randomBytes(10).toString('hex'));
      if (request.headers['user-agent']?.startsWith('Mozilla/') === true) return text(403, 'User agent not allowed');
      const body = await readBody(request);
      const call = { proxies, metrics, body, proxy: match[1] ?? '', toxic: match[2] ?? '' };
      const turn = last.then(() => handler(call));
      last = turn.catch(() => {});
      return await turn;
    }
    return text(404, '404 page not found');
  };

  return (request, response) => {
    answer(request, response)
      .catch((error: unknown) => {
        if (error instanceof ApiError) return failure(error);
        log({ level: 'error', message: 'request failed', error: String(error) });
        return failure(new ApiError('internal error', 500));
      })
      .then((reply) => write(response, reply))
      .catch((error: unknown) => log({ level: 'warn', message: 'answer not written', error: String(error) }));
  };
}
