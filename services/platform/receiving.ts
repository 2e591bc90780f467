import type { ServerOptions } from 'node:http';
import type { Socket } from 'node:net';

import { problemOf, type ErrorCode } from '#contracts/errors.ts';

import type { Connections } from './connections.ts';
import { codeOf } from './errors.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const LOOK_MS = 1_000;

/**
 * How long a client may take over a request: `requestTimeoutMs` until all of it has come, and less until its headers have. Node takes the two for each other where that of
 * the headers is the longer one, as it is by default.
 */
export const receivingWithin = (
  requestTimeoutMs: number,
  headersTimeoutMs = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
): ServerOptions => ({
  requestTimeout: requestTimeoutMs,
  headersTimeout: headersTimeoutMs,
  // Its default of half a minute would be added to both.
  connectionsCheckingInterval: Math.min(LOOK_MS, requestTimeoutMs),
  // A client that went while nothing crossed has told nobody: its half-sent request would hold its place until the time limit.
  keepAlive: true,
  keepAliveInitialDelay: 10_000,
});

const codes: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** Ends a connection on which something came that is no HTTP, or that does not come in time; the client is told by a problem. No hook of the app knows of it. */
export function refuseUnreadable(error: Error, socket: Socket, connections: Connections): void {
  // In the middle of an answer it would be taken for a part of that.
  const isAnswering = connections.underWay(socket).some(({ headersSent }) => headersSent);
  if (socket.writable && !isAnswering) {
    const problem = problemOf(codes[codeOf(error) ?? ''] ?? 'malformed_request');
    const body = JSON.stringify(problem);
    const head = [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      'connection: close',
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroy();
}
