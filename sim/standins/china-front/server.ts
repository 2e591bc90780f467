import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool, type Dispatcher } from 'undici';

import { logLine } from '../child.ts';
import type { Origin } from '../front-flags.ts';
import { readBody } from './body.ts';
import { correlationId, everyResponse, toClient, toService, type Headers } from './headers.ts';
import { networkOf } from './network.ts';
import { GatewayProblem } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';
import { destinationOf } from './routes.ts';

export interface GatewayOptions {
  readonly urls: ReadonlyMap<Origin, string>;
  readonly timeoutMs: number;
  readonly bulkTimeoutMs: number;
  readonly rateLimiter: RateLimiter;
  readonly clientAddressHeader: string | undefined;
}

export interface Gateway {
  readonly server: Server;
  /** Ends the connections to the services. */
  close(): Promise<void>;
}

interface Target {
  readonly origin: Origin;
  readonly pool: Pool;
  readonly path: string;
  readonly bodyLimitBytes: number;
  readonly timeoutMs: number;
}

/** Before a read is sent for the second and for the third time, at the longest. */
const WAITS_MS = [50, 200];
const METHODS: readonly (string | undefined)[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Connections to the service that has most requests, to those that have some, and to what operators call alone. */
const connections = (origin: Origin): number => (origin === 'catalog' ? 64 : origin === 'sync' ? 4 : 32);

/** China's gateway: the same thin proxy as the world's Worker, in Node. Its code is its own, its behaviour is held to the Worker's by one test table. */
export function createGateway(options: GatewayOptions): Gateway {
  const pools = new Map([...options.urls].map(([origin, url]) => [origin, new Pool(url, { connections: connections(origin) })]));

  const targetOf = (url: string): Target | undefined => {
    if (!url.startsWith('/') || !URL.canParse(`http://gateway${url}`)) return undefined;
    const { pathname, search } = new URL(`http://gateway${url}`);
    const destination = destinationOf(pathname);
    const pool = destination === undefined ? undefined : pools.get(destination.origin);
    if (destination === undefined || pool === undefined) return undefined;
    const { bodyLimitBytes, bulk } = destination;
    return {
      origin: destination.origin,
      pool,
      path: pathname + search,
      bodyLimitBytes,
      timeoutMs: bulk ? options.bulkTimeoutMs : options.timeoutMs,
    };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse, id: string): Promise<void> => {
    if (!METHODS.includes(request.method)) throw new GatewayProblem('method_not_allowed', { allow: METHODS.join(', ') });
    if (request.url === '/healthz' || request.url?.startsWith('/healthz?')) {
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...everyResponse(id) };
      response.writeHead(200, headers).end('{"status":"ok"}');
      return;
    }
    const said = options.clientAddressHeader === undefined ? undefined : request.headers[options.clientAddressHeader];
    const address = typeof said === 'string' ? said : (request.socket.remoteAddress ?? 'unknown');
    const verdict = options.rateLimiter(networkOf(address));
    if (!verdict.allowed) throw new GatewayProblem('too_many_requests', { 'retry-after': String(verdict.retryAfterSeconds) });
    const target = targetOf(request.url ?? '');
    if (target === undefined) throw new GatewayProblem('not_found');

    const body = await readBody(request, target.bodyLimitBytes);
    const signal = AbortSignal.timeout(target.timeoutMs);
    const headers = toService(request.headers, { id, address, host: request.headers.host ?? '' });
    // Not the path, which may name a person.
    const log = (message: string, error: unknown): void =>
      logLine('warn', message, { correlationId: id, service: target.origin, error: String(error) });
    const answer = await send(target, request.method ?? 'GET', headers, body, signal, log);
    response.writeHead(answer.statusCode, toClient(answer.headers, id));
    await pipeline(answer.body, response).catch((error: unknown) => log('An answer broke off', error));
  };

  const server = createServer({ requestTimeout: 60_000, headersTimeout: 10_000, keepAliveTimeout: 75_000 }, (request, response) => {
    const id = correlationId(request.headers);
    handle(request, response, id).catch((error: unknown) => {
      if (response.destroyed) return;
      const problem = error instanceof GatewayProblem ? error : new GatewayProblem('internal');
      if (problem !== error) logLine('error', 'The gateway failed', { correlationId: id, error: String(error) });
      refuse(request, response, problem, id);
    });
  });
  return {
    server,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, problem: GatewayProblem, id: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What is left of a body that nobody wants is not read: the connection ends with this answer.
  const leftover = request.complete ? {} : { connection: 'close' };
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...problem.headers,
    ...everyResponse(id),
    ...leftover,
  };
  response.writeHead(problem.status, headers).end(problem.document(id));
}

/** A read whose connection fails is tried again, twice within its time: nobody listens for a moment where one process takes the place of another. A write never is: it may have arrived. */
async function send(
  target: Target,
  method: string,
  headers: Headers,
  body: Buffer | null,
  signal: AbortSignal,
  log: (message: string, error: unknown) => void,
): Promise<Dispatcher.ResponseData> {
  const { pool, path } = target;
  const isRead = method === 'GET' || method === 'HEAD';
  for (const waits = isRead ? [...WAITS_MS] : []; ;) {
    try {
      return await pool.request({ path, method, headers, body, signal });
    } catch (error) {
      if (signal.aborted) throw new GatewayProblem('upstream_timeout');
      const longestMs = waits.shift();
      if (longestMs === undefined) {
        log('The service did not answer', error);
        throw new GatewayProblem('upstream_failed');
      }
      // All that were cut off at once are not to return at once.
      await sleep(longestMs * (0.5 + Math.random() / 2));
    }
  }
}
