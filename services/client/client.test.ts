import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { problemOf } from '#contracts/errors.ts';

import { urlOf } from './client.ts';
import { createRegionClient } from './index.ts';

const id = '2fd8d12c-3c0b-5c37-8f0e-0f4a7c6fb2a1';
const stamp = { version: '1', origin: 'world#1', vector: {} };
const category = { id, slug: 'lighting', name: 'Lighting', parentId: null, updatedAt: '2026-03-01T09:30:00.000000Z', stamp };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A server that answers the nth request with the nth of `answers`, and the last of them from then on. */
async function serve(...answers: ((response: ServerResponse) => void)[]) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answers[Math.min(seen.length, answers.length) - 1]?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const waits: number[] = [];
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createRegionClient({
    baseUrl: origin,
    token: () => 'secret',
    timeoutMs: 1_000,
    wait: async (delayMs) => void waits.push(delayMs),
  });
  return { client, origin, seen, waits };
}

const ok =
  (body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const busy = (response: ServerResponse) =>
  response.writeHead(503, { 'retry-after': '2', 'content-type': 'application/problem+json' }).end(JSON.stringify(problemOf('unavailable')));

describe('a call', () => {
  it('sends what its operation names, and answers body and tag', async () => {
    const { client, seen } = await serve(ok(category, { etag: '"1-world#1"' }));
    const answer = await client.catalog.changeCategory({ params: { id }, body: { name: 'Lights' }, ifMatch: '"0-world#1"' });
    expect(answer).toMatchObject({ status: 200, body: category, etag: '"1-world#1"' });
    expect(seen[0]).toMatchObject({ method: 'PATCH', url: `/v1/categories/${id}` });
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'if-match': '"0-world#1"',
      'content-type': 'application/json',
    });
  });

  it('sends a file as it is, and answers a report and a file as their text', async () => {
    const text = (body: string, type: string) => (response: ServerResponse) => response.writeHead(200, { 'content-type': type }).end(body);
    const report = '{"complete":true,"rows":0,"created":0,"changed":0,"unchanged":0,"rejected":0}\n';
    const { client, seen } = await serve(text(report, 'application/x-ndjson'), text('sku\r\n', 'text/csv'));
    const imported = await client.catalog.importProducts({ body: Buffer.from('sku\n'), contentType: 'text/csv' });
    expect(imported).toMatchObject({ status: 200, body: report });
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'text/csv', 'content-length': '4', accept: 'application/x-ndjson' });
    expect((await client.catalog.exportProducts({ query: { format: 'csv' } })).body).toBe('sku\r\n');
    expect(seen[1]?.headers.accept).toBe('text/csv, application/x-ndjson');
  });

  it('rejects with the code of a problem, and its fields', async () => {
    const problem = problemOf('invalid_request', { errors: [{ field: 'name', message: 'is required' }], correlationId: 'c-12345678' });
    const { client } = await serve((response) => response.writeHead(400).end(JSON.stringify(problem)));
    await expect(client.catalog.getCategory({ params: { id } })).rejects.toMatchObject({
      code: 'invalid_request',
      status: 400,
      fields: [{ field: 'name', message: 'is required' }],
      correlationId: 'c-12345678',
    });
  });

  it.each([
    ['a page of a proxy', (response: ServerResponse) => response.writeHead(500).end('<html>'), { code: 'internal' }],
    [
      'something else than the schema',
      ok({ id }),
      { message: 'GET /v1/categories/:id was answered with something else than its schema names' },
    ],
    ['half a body', (response: ServerResponse) => response.writeHead(200).end('{"id":'), {}],
  ])('rejects for %s', async (_what, answer, error) => {
    const { client } = await serve(answer);
    await expect(client.catalog.getCategory({ params: { id } })).rejects.toMatchObject(error);
  });
});

it('who has words of their own for a failure rejects with those', async () => {
  const { origin } = await serve((response) => response.writeHead(404).end(JSON.stringify(problemOf('not_found'))));
  const { catalog } = createRegionClient({ baseUrl: origin, told: (failure) => new Error('gone', { cause: failure }) });
  await expect(catalog.getCategory({ params: { id } })).rejects.toMatchObject({ message: 'gone', cause: { code: 'not_found' } });
});

it('what nobody waits for any more is not asked again', async () => {
  const gone = new AbortController();
  const { client, seen } = await serve(() => gone.abort());
  await expect(client.catalog.getCategory({ params: { id }, signal: gone.signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(seen).toHaveLength(1);
});

describe('a server that is busy', () => {
  it('is asked again after the time that it names, and no more than three times', async () => {
    const { client, seen, waits } = await serve(busy, busy, ok(category));
    expect((await client.catalog.getCategory({ params: { id } })).status).toBe(200);
    expect(waits).toEqual([2_000, 2_000]);
    const down = await serve(busy);
    await expect(down.client.catalog.getCategory({ params: { id } })).rejects.toMatchObject({ code: 'unavailable' });
    expect([seen.length, down.seen.length]).toEqual([3, 3]);
  });

  it('is not waited for where it names more time than anybody has', async () => {
    const late = (response: ServerResponse) =>
      response.writeHead(429, { 'retry-after': '600' }).end(JSON.stringify(problemOf('too_many_requests')));
    const { client, seen, waits } = await serve(late);
    const asking = client.auth.requestCode({ body: { email: 'ada@example.org' }, idempotencyKey: 'key' });
    await expect(asking).rejects.toMatchObject({ code: 'too_many_requests', retryAfterMs: 600_000 });
    expect([seen.length, waits]).toEqual([1, []]);
  });

  it('is not sent a change a second time that names no key: it may have been made', async () => {
    const { client, seen } = await serve(busy);
    await expect(client.catalog.createCategory({ body: { slug: 'a', name: 'A' } })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(client.catalog.deleteCategory({ params: { id }, ifMatch: '"1"' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(seen).toHaveLength(2);
  });
});

it('what goes into an address stays where it belongs', () => {
  const url = urlOf(
    { path: '/v1/products/:id' },
    { params: { id: '../../admin?x=1' }, query: { q: 'a&b=c', cursor: undefined } },
    'http://front.example',
  );
  expect(url.href).toBe('http://front.example/v1/products/..%2F..%2Fadmin%3Fx%3D1?q=a%26b%3Dc');
  const several = urlOf({ path: '/v1/availability' }, { query: { productId: [id, 'b'], limit: 2 } }, 'http://front.example');
  expect(several.search).toBe(`?productId=${id}&productId=b&limit=2`);
  expect(urlOf({ path: '/v1/products' }, {}, 'http://panel.example/api/world/').href).toBe('http://panel.example/api/world/v1/products');
});
