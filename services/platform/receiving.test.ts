/**
 * Goal: no client holds a connection, or a place, by sending slowly; and what is no HTTP is refused by a problem like everything else.
 * Method: a real listener that gives a request little time, and clients that write by hand. Planted once each: Node's own time limits, which leave a body twice as much as
 * its headers, and a refusal that is written into an answer which has begun.
 */
import { Readable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { App } from './app.ts';
import { createHttpApp } from './http.ts';
import { createLogger } from './log.ts';
import { createRateLimiter } from './rate-limit/limiter.ts';
import { openRawClient, type RawClient } from './testing/raw-client.ts';

const HEAD = 'POST /work HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
const REQUEST_TIMEOUT_MS = 200;
/** Of a machine that has other work too; much less than the limits of Node's own. */
const PATIENCE = { timeout: 15_000 };

let app: App;
let url: string;
let read: number;
let logged: string[];
beforeEach(async () => {
  [read, logged] = [0, []];
  const log = createLogger({ level: 'warn', region: 'test', destination: { write: (line: string) => void logged.push(line) } });
  const rate = createRateLimiter({ perMinute: 1_000_000, burst: 1_000_000 });
  const eventLoop = { isLagging: () => false, delayMs: () => ({ median: 0, p99: 0 }) };
  const limits = { maxRequestsInFlight: 1, rate, eventLoop };
  const readiness = { draining: false, checks: {} };
  app = createHttpApp({ name: 'slow', log, readiness, routes: 'undeclared', requestTimeoutMs: REQUEST_TIMEOUT_MS, limits });
  app.addHook('preParsing', async () => void (read += 1));
  app.post('/work', async () => ({ ok: true }));
  app.get('/at-once', async () => ({ ok: true }));
  app.addContentTypeParser('text/plain', (_request, payload, done) => done(null, payload));
  app.post('/in-parts', async (_request, reply) => {
    async function* parts() {
      yield 'begun';
      await new Promise((resolve) => reply.raw.once('close', resolve));
    }
    return reply.send(Readable.from(parts()));
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => app.close());

/** Sends a byte now and then, until the connection is ended. */
function trickle(client: RawClient): RawClient {
  const timer = setInterval(() => client.socket.write(' '), 20);
  client.socket.once('close', () => clearInterval(timer));
  return client;
}
const problemIn = (client: RawClient): unknown => {
  const [head = '', body = ''] = client.text().split('\r\n\r\n');
  expect(head).toContain('content-type: application/problem+json');
  return JSON.parse(body);
};

describe('a request that trickles in', () => {
  it.each([
    ['by its headers', 'GET /at-once HTTP/1.1\r\nhost: x\r\nx-long: '],
    ['by its body', HEAD],
    ['not at all', ''],
  ])('%s, is given up', async (_how, first) => {
    const client = openRawClient(url, first);
    if (first !== '') trickle(client);
    await expect.poll(client.isClosed, PATIENCE).toBe(true);
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(problemIn(client)).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('gives its place back', async () => {
    const client = trickle(openRawClient(url, HEAD));
    await expect.poll(() => read, PATIENCE).toBe(1);
    await expect.poll(client.isClosed, PATIENCE).toBe(true);
    await expect.poll(async () => (await fetch(`${url}/at-once`)).status, PATIENCE).toBe(200);
    expect(logged).toEqual([]);
  });

  it('is not told so in the middle of its answer', async () => {
    const client = trickle(openRawClient(url, HEAD.replace('/work', '/in-parts').replace('application/json', 'text/plain')));
    await expect.poll(client.text, PATIENCE).toContain('begun');
    await expect.poll(client.isClosed, PATIENCE).toBe(true);
    expect(client.text()).not.toContain('408');
  });
});

it('a client that goes in the middle of its body is no failure of the service', async () => {
  const client = openRawClient(url, HEAD);
  await expect.poll(() => read, PATIENCE).toBe(1);
  client.socket.destroy();
  await expect.poll(async () => (await fetch(`${url}/at-once`)).status, PATIENCE).toBe(200);
  expect(logged).toEqual([]);
});

it.each([
  ['garbage', 'GARBAGE\r\n\r\n', 400, 'malformed_request'],
  ['headers without end', `GET /at-once HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
])('%s is refused by a problem', async (_what, text, status, code) => {
  const client = openRawClient(url, text);
  await expect.poll(client.isClosed, PATIENCE).toBe(true);
  expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(problemIn(client)).toMatchObject({ status, code });
});
