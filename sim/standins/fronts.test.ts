import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { closeServer, listenOnLoopback } from './child.ts';
import { origins } from './front-flags.ts';
import { startChild, type StartedChild } from './started-child.ts';

/** One table of what a front does, held against both: the Worker in workerd, and the gateway in Node. They share no code. */
const fronts = [
  { name: 'world:front', main: new URL('./world-front/main.ts', import.meta.url) },
  { name: 'china:front', main: new URL('./china-front/main.ts', import.meta.url) },
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  correlationId: Type.String(),
});

interface Seen {
  readonly origin: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const seen: Seen[] = [];
let respond: (response: ServerResponse, request: Seen) => void;

function originServer(origin: string): Server {
  return createServer((request, response) => {
    void text(request).then(
      (body) => {
        const record = { origin, method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
        seen.push(record);
        respond(response, record);
      },
      () => response.destroy(),
    );
  });
}

const originServers = Object.fromEntries(origins.map((name) => [name, originServer(name)]));
let originFlags: string[];

beforeAll(async () => {
  originFlags = (
    await Promise.all(Object.entries(originServers).map(async ([name, server]) => [`--${name}-url`, await listenOnLoopback(server, 0)]))
  ).flat();
});
afterAll(async () => {
  for (const server of Object.values(originServers)) {
    server.closeAllConnections();
    await closeServer(server);
  }
});
beforeEach(() => {
  seen.length = 0;
  respond = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  };
});

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = Value.Parse(Problem, await response.json());
  expect(problem).toMatchObject({ status, code, type: `urn:madeinworld:problem:${code}` });
  expect(response.headers.get('x-correlation-id')).toBe(problem.correlationId);
  expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
}

/** Sends a request line exactly as written: `fetch` would tidy the path first. */
async function rawStatus(url: string, target: string): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${target} HTTP/1.1\r\nhost: front\r\nconnection: close\r\n\r\n`);
  const [answer] = await once(socket.setEncoding('latin1'), 'data');
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(String(answer))?.[1]);
}

describe.each(fronts)('$name', ({ name, main }) => {
  let front: StartedChild;
  let url: string;

  beforeAll(async () => {
    front = await startChild(main, [...originFlags, '--timeout-ms', '400', '--bulk-timeout-ms', '20000']);
    url = front.urlOf(name);
  });
  afterAll(async () => {
    expect(await front.stop()).toBe(0);
  });

  test.each([
    ['auth', '/v1/auth/codes /v1/auth/jwks.json'],
    ['user', '/v1/users/1 /v1/me /v1/me/addresses?limit=1'],
    ['catalog', '/v1/products?q=a%20b&limit=2 /v1/authors /v1/synced /v1/menus /v1/orders-of-magnitude /v1/products/orders'],
    ['inventory', '/v1/stock/1 /v1/reservations /v1/receipts /v1/transfers /v1/counts /v1/availability /v1/movements?limit=2'],
    ['order', '/v1/carts /v1/carts?limit=2 /v1/checkouts/1 /v1/orders/1/lines /v1/payments /v1/returns /v1/invoices'],
    ['notification', '/v1/notifications /v1/templates/1'],
    ['sync', '/v1/sync/trace?key=a%20b'],
  ])('leads to %s what is its own, path and query as they are: %s', async (origin, paths) => {
    for (const path of paths.split(' ')) expect((await fetch(url + path)).status).toBe(200);
    expect(seen.map((request) => [request.origin, request.url])).toEqual(paths.split(' ').map((path) => [origin, path]));
  });

  test.each(['/', '/sync/v1/apply', '/livez', '/readyz', '/metrics', '/v2/products', '/v1', '/V1/products', '//v1/products'])(
    'has nothing at %s',
    async (path) => {
      await expectProblem(await fetch(url + path), 404, 'not_found');
      expect(seen).toEqual([]);
    },
  );

  test.each(['/v1/../sync/v1/apply', '/v1/%2e%2e/sync/v1/apply', '/v1/..%2fsync/v1/apply', '/v1/..\\sync/v1/apply', '/v1/a/%2e%2e%5csync'])(
    'cannot be talked into %s',
    async (target) => {
      expect(await rawStatus(url, target)).toBe(404);
      expect(seen).toEqual([]);
    },
  );

  test('answers /healthz by itself', async () => {
    const response = await fetch(`${url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('x-correlation-id')).toMatch(UUID);
    expect(seen).toEqual([]);
  });

  test('passes a write on and its answer back', async () => {
    respond = (response, request) => {
      response.writeHead(201, {
        location: '/v1/products/1',
        etag: '"1-world#1"',
        'x-stamp-version': '7',
        server: 'secret',
        'x-internal-note': 'secret',
        'cf-x': 'secret',
      });
      response.end(`got ${request.body}`);
    };
    const response = await fetch(`${url}/v1/products`, {
      method: 'POST',
      body: '{"sku":"1"}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer abc', 'if-match': '"0"' },
    });
    expect([response.status, await response.text()]).toEqual([201, 'got {"sku":"1"}']);
    expect(Object.fromEntries(response.headers)).toMatchObject({ location: '/v1/products/1', etag: '"1-world#1"', 'x-stamp-version': '7' });
    for (const secret of ['server', 'x-internal-note', 'cf-x']) expect(response.headers.get(secret)).toBeNull();
    expect(seen[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer abc',
      'if-match': '"0"',
      'content-length': '11',
    });
  });

  test('passes every cookie, a 204 and a redirect as they are', async () => {
    respond = (response) =>
      void response.writeHead(204, { 'set-cookie': ['a=1; HttpOnly', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'] }).end();
    const empty = await fetch(`${url}/v1/auth/sign-out`, { method: 'POST', headers: { cookie: 'a=0' } });
    expect([empty.status, empty.headers.getSetCookie()]).toEqual([204, ['a=1; HttpOnly', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT']]);
    expect(seen[0]?.headers.cookie).toBe('a=0');
    respond = (response) => void response.writeHead(307, { location: 'http://elsewhere.example/' }).end();
    const redirect = await fetch(`${url}/v1/products`, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, 'http://elsewhere.example/']);
  });

  test('answers HEAD without a body', async () => {
    const response = await fetch(`${url}/v1/products`, { method: 'HEAD' });
    expect([response.status, await response.text(), seen[0]?.method]).toEqual([200, '', 'HEAD']);
  });

  test.each([
    ['6f1b9d3e-52a4-4a1b-9a39-0c6a1d2b7f10', true],
    ['6F1B9D3E-52A4-4A1B-9A39-0C6A1D2B7F10', true],
    ['0af7651916cd43dd8448eb211c80319c', true],
    ['0af7651916cd43dd8448eb211c80319', false],
    ['6f1b9d3e-52a4-4a1b-9a39-0c6a1d2b7f10-447700900123', false],
    ['zorba.quillfeather', false],
    ['447700900123', false],
    ['with a space', false],
  ])('takes the correlation id "%s" only if it is well formed', async (given, taken) => {
    respond = (response) => void response.writeHead(200, { 'x-correlation-id': 'of-the-service' }).end();
    const response = await fetch(`${url}/v1/products`, { headers: { 'x-correlation-id': given } });
    const id = response.headers.get('x-correlation-id');
    expect(id).toEqual(taken ? given : expect.stringMatching(UUID));
    expect(seen[0]?.headers['x-correlation-id']).toBe(id);
  });

  test('says by itself what only a gateway may say', async () => {
    const lies = [
      'cf-connecting-ip',
      'cf-ipcountry',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-internal-account',
      'x-real-ip',
      'true-client-ip',
      'forwarded',
    ];
    await fetch(`${url}/v1/products`, { headers: Object.fromEntries(lies.map((header) => [header, 'a lie'])) });
    const headers = seen[0]?.headers ?? {};
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': new URL(url).host, 'x-forwarded-proto': 'http' });
    expect(JSON.stringify(headers)).not.toContain('a lie');
  });

  test('forwards a well-formed traceparent and no other', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await fetch(`${url}/v1/products`, { headers: { traceparent, tracestate: 'a=b' } });
    await fetch(`${url}/v1/products`, { headers: { traceparent: 'nonsense' } });
    expect(seen.map(({ headers }) => headers['traceparent'])).toEqual([traceparent, undefined]);
    expect(seen[0]?.headers['tracestate']).toBe('a=b');
  });

  test.each(['OPTIONS', 'PROPFIND'])('does not know the method %s', async (method) => {
    const response = await fetch(`${url}/v1/products`, { method });
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE');
    await expectProblem(response, 405, 'method_not_allowed');
    expect(seen).toEqual([]);
  });

  const MIB = 1024 * 1024;
  test.each([
    ['/v1/products', MIB],
    ['/v1/auth/codes', MIB],
    ['/v1/products/bulk', 4 * MIB],
    ['/v1/products/import', 4 * MIB],
  ])('bounds the body of %s at %i bytes, declared or not', async (path, limitBytes) => {
    const post = (body: NonNullable<RequestInit['body']>): Promise<Response> => fetch(url + path, { method: 'POST', body, duplex: 'half' });
    expect((await post(Buffer.alloc(limitBytes, 'a'))).status).toBe(200);
    expect(seen.at(-1)?.body.length).toBe(limitBytes);
    await expectProblem(await post(Buffer.alloc(limitBytes + 1, 'a')), 413, 'body_too_large');
    await expectProblem(await post(new Blob([Buffer.alloc(limitBytes + 1, 'a')]).stream()), 413, 'body_too_large');
    // Far beyond the limit the front stops listening; the client may then see no more than a broken connection.
    const endless = await post(new Blob([Buffer.alloc(4 * limitBytes, 'a')]).stream()).catch((error: unknown) => error);
    if (endless instanceof Response) await expectProblem(endless, 413, 'body_too_large');
    expect(seen).toHaveLength(1);
  });

  test('answers 504 when the service takes too long', async () => {
    respond = () => undefined;
    await expectProblem(await fetch(`${url}/v1/products`), 504, 'upstream_timeout');
    expect(seen).toHaveLength(1);
  });

  test('tries a read twice more when the connection breaks, with a pause, and a write never', async () => {
    // A path that has twenty seconds.
    const path = `${url}/v1/products/export`;
    const times: number[] = [];
    respond = (response) => {
      times.push(performance.now());
      if (seen.length < 3) response.destroy();
      else response.writeHead(200).end('third time');
    };
    const read = await fetch(path);
    expect([read.status, await read.text(), seen.length]).toEqual([200, 'third time', 3]);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThan(20);
    expect(third - second).toBeGreaterThan(80);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      seen.length = 0;
      await expectProblem(await fetch(path, { method, body: '{}' }), 502, 'upstream_failed');
      expect(seen).toMatchObject([{ method, body: '{}' }]);
    }
    respond = (response) => void response.destroy();
    seen.length = 0;
    await expectProblem(await fetch(path), 502, 'upstream_failed');
    expect(seen).toHaveLength(3);
  });

  test("passes a service's own error through untouched, without a second try", async () => {
    respond = (response) =>
      void response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end('{"code":"unavailable"}');
    const response = await fetch(`${url}/v1/products`);
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([503, '1', { code: 'unavailable' }]);
    expect(seen).toHaveLength(1);
  });

  test('limits the requests of an address, whatever it says about itself', async () => {
    const limited = await startChild(main, [...originFlags, '--rate-limit', '3', '--rate-period', '60']);
    try {
      const statuses: number[] = [];
      // A window may end meanwhile; within seven requests at least one is one too many in any case.
      for (let count = 0; count < 7; count += 1) {
        const response = await fetch(`${limited.urlOf(name)}/v1/products`, {
          headers: { 'cf-connecting-ip': `10.0.0.${count}`, 'x-forwarded-for': `10.0.0.${count}` },
        });
        statuses.push(response.status);
        if (response.status !== 429) continue;
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        await expectProblem(response, 429, 'too_many_requests');
      }
      expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
      expect(statuses).toContain(429);
      expect((await fetch(`${limited.urlOf(name)}/healthz`)).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  test('answers 502 while no service listens', async () => {
    const alone = await startChild(
      main,
      origins.flatMap((name) => [`--${name}-url`, 'http://127.0.0.1:9']),
    );
    try {
      await expectProblem(await fetch(`${alone.urlOf(name)}/v1/products`), 502, 'upstream_failed');
    } finally {
      await alone.stop();
    }
  });

  test('refuses a wrong command line with exit code 2', async () => {
    await expect(startChild(main, [...originFlags, '--rate-period', '7'])).rejects.toThrow(
      /exit 2: --rate-period must be 10 or 60 seconds/,
    );
    await expect(startChild(main, [])).rejects.toThrow(/exit 2: --auth-url must be an http URL/);
  });
});
