import { once } from 'node:events';
import { connect } from 'node:net';

import { beforeEach, expect } from 'vitest';

import type { chinaFront, worldFront } from '../../behaviours/fronts.ts';
import { startFront, type FrontTarget } from '../../components/fronts.ts';
import type { Conformance } from '../../frame/conformance.ts';

type Shared = keyof (typeof worldFront)['behaviours'] & keyof (typeof chinaFront)['behaviours'];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MIB = 1_048_576;

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect({ status: response.status, type: response.headers.get('content-type'), body: await response.json() }).toMatchObject({
    status,
    type: 'application/problem+json',
    body: { status, code, correlationId: response.headers.get('x-correlation-id') },
  });
}

/** Sends a request line exactly as written: `fetch` would tidy the path first. */
async function rawStatus(url: string, path: string): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: front\r\nconnection: close\r\n\r\n`);
  const [answer] = await once(socket.setEncoding('latin1'), 'data');
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(String(answer))?.[1]);
}

/** What both fronts do. They share no code. */
export function frontCases(region: 'world' | 'china', { target, shows, refuses }: Conformance<Shared, FrontTarget>): void {
  beforeEach(() => {
    target().seen.length = 0;
    target().answerWith((response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'));
  });

  shows('routes', async () => {
    const { url, seen } = target();
    const led = [
      ['/v1/auth/codes', 'auth'],
      ['/v1/products?q=a%20b&limit=2', 'catalog'],
      ['/v1/me/addresses', 'user'],
      ['/v1/orders/1', 'order'],
      ['/v1/availability', 'inventory'],
      ['/v1/templates', 'notification'],
      ['/v1/sync/trace?key=a%20b', 'sync'],
    ];
    for (const [path] of led) expect((await fetch(`${url}${path}`)).status).toBe(200);
    expect(seen.map((request) => [request.url, request.origin])).toEqual(led);
    seen.length = 0;
    for (const path of ['/', '/sync/v1/apply', '/metrics', '/v2/products', '//v1/products']) {
      await expectProblem(await fetch(`${url}${path}`), 404, 'not_found');
    }
    expect(seen).toEqual([]);
  });

  shows('traversal', async () => {
    for (const path of ['/v1/../sync/v1/apply', '/v1/%2e%2e/sync/v1/apply', '/v1/..%2fsync/v1/apply', '/v1/..\\sync/v1/apply']) {
      expect(await rawStatus(target().url, path), path).toBe(404);
    }
    expect(target().seen).toEqual([]);
  });

  shows('pass-on', async () => {
    target().answerWith(
      (response) => void response.writeHead(201, { etag: '"1-world#1"', server: 'secret', 'x-internal-note': 'secret' }).end('made'),
    );
    const headers = { 'content-type': 'application/json', authorization: 'Bearer abc', 'if-match': '"0"' };
    const response = await fetch(`${target().url}/v1/products`, { method: 'POST', body: '{"sku":"1"}', headers });
    expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([201, 'made', '"1-world#1"']);
    for (const name of ['server', 'x-internal-note']) expect(response.headers.get(name)).toBeNull();
    expect(target().seen).toMatchObject([{ method: 'POST', body: '{"sku":"1"}', headers }]);
  });

  shows('identity', async () => {
    const lies = [
      'cf-connecting-ip',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-internal-account',
      'x-real-ip',
      'true-client-ip',
      'forwarded',
    ];
    await fetch(`${target().url}/v1/products`, { headers: Object.fromEntries(lies.map((name) => [name, 'a lie'])) });
    const [request] = target().seen;
    expect(request?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': new URL(target().url).host });
    expect(JSON.stringify(request?.headers)).not.toContain('a lie');
  });

  shows('correlation-id', async () => {
    const kept = '0af7651916cd43dd8448eb211c80319c';
    for (const given of [kept, 'zorba.quillfeather', '447700900123', 'with a space']) {
      const response = await fetch(`${target().url}/v1/products`, { headers: { 'x-correlation-id': given } });
      const id = response.headers.get('x-correlation-id');
      expect(id).toEqual(given === kept ? given : expect.stringMatching(UUID));
      expect(target().seen.at(-1)?.headers['x-correlation-id']).toBe(id);
    }
  });

  shows('body-limit', async () => {
    const post = (bytes: number): Promise<Response> =>
      fetch(`${target().url}/v1/products`, { method: 'POST', body: Buffer.alloc(bytes, 'a') });
    expect((await post(MIB)).status).toBe(200);
    expect(target().seen[0]?.body).toHaveLength(MIB);
    await expectProblem(await post(MIB + 1), 413, 'body_too_large');
    expect(target().seen).toHaveLength(1);
  });

  shows('timeout', async () => {
    target().answerWith(() => undefined);
    await expectProblem(await fetch(`${target().url}/v1/products`), 504, 'upstream_timeout');
  });

  shows('retry', async () => {
    const { url, seen } = target();
    target().answerWith((response) => void (seen.length === 1 ? response.destroy() : response.end('second time')));
    expect(await (await fetch(`${url}/v1/products`)).text()).toBe('second time');
    expect(seen).toHaveLength(2);
    seen.length = 0;
    await expectProblem(await fetch(`${url}/v1/products`, { method: 'POST', body: '{}' }), 502, 'upstream_failed');
    expect(seen).toHaveLength(1);
  });

  shows('rate-limit', async () => {
    const limited = await startFront(region, ['--rate-limit', '3', '--rate-period', '60']);
    try {
      // A window may end meanwhile; of seven requests one is too many in any case.
      const responses: Response[] = [];
      for (let count = 0; count < 7; count += 1) {
        responses.push(await fetch(`${limited.url}/v1/products`, { headers: { 'x-forwarded-for': `10.0.0.${count}` } }));
      }
      expect(responses.slice(0, 3).map(({ status }) => status)).toEqual([200, 200, 200]);
      const refused = responses.find(({ status }) => status === 429);
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      if (refused !== undefined) await expectProblem(refused, 429, 'too_many_requests');
    } finally {
      await limited.stop();
    }
  });

  refuses('tls', async () => {
    await expect(fetch(target().url.replace('http:', 'https:'))).rejects.toMatchObject({ cause: expect.any(Error) });
  });
}
