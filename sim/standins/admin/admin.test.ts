import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { closeServer, listenOnLoopback } from '../child.ts';
import { startChild, type StartedChild } from '../started-child.ts';

const main = new URL('./main.ts', import.meta.url);
const fronts = new Map<string, Server>();
let dir: string;
let dist: string;
let admin: StartedChild;
let url: string;

function front(name: string): Server {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'set-cookie': [`madeinworld_refresh_${name}=r; HttpOnly; SameSite=Strict; Path=/`],
      });
      response.end(JSON.stringify({ name, method: request.method, url: request.url, body, ifMatch: request.headers['if-match'] }));
    });
  });
  fronts.set(name, server);
  return server;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'admin-'));
  dist = join(dir, 'dist');
  const [world, china] = [await listenOnLoopback(front('world'), 0), await listenOnLoopback(front('china'), 0)];
  admin = await startChild(main, ['--world-url', world, '--china-url', china, '--dist', dist]);
  url = admin.urlOf('admin');
});
afterAll(async () => {
  expect(await admin.stop()).toBe(0);
  for (const server of fronts.values()) await closeServer(server);
  await rm(dir, { recursive: true, force: true });
});

test('shows a waiting page until the panel is built, then the panel at every path, and its assets', async () => {
  const waiting = await fetch(`${url}/products/1`);
  expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await waiting.text()).toContain('http-equiv="refresh"');

  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>panel</title>');
  await writeFile(join(dist, 'assets', 'index-abc123.js'), 'export {}');
  await writeFile(join(dir, 'secret'), 'secret');

  for (const path of ['/', '/products/1', '/sign-in']) {
    const page = await fetch(url + path);
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    expect(await page.text()).toContain('panel');
  }
  const asset = await fetch(`${url}/assets/index-abc123.js`);
  expect([asset.status, asset.headers.get('content-type')]).toEqual([200, expect.stringMatching(/javascript/)]);
  expect(asset.headers.get('cache-control')).toContain('immutable');
  expect((await fetch(`${url}/assets/gone.js`)).status).toBe(404);
  expect(await (await fetch(`${url}/..%2fsecret`)).text()).not.toContain('secret');
});

test('sends security headers with everything it answers', async () => {
  for (const path of ['/', '/assets/gone.js', '/api/world/v1/products', '/api/nowhere']) {
    const { headers } = await fetch(url + path);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
  }
});

test.each(['world', 'china'])('hands /api/%s on to the front of that region, without the prefix', async (region) => {
  const response = await fetch(`${url}/api/${region}/v1/products/1?q=a%20b`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', 'if-match': '"1-world#1"' },
    body: '{"name":"x"}',
  });
  expect(await response.json()).toEqual({
    name: region,
    method: 'PATCH',
    url: '/v1/products/1?q=a%20b',
    body: '{"name":"x"}',
    ifMatch: '"1-world#1"',
  });
  expect(response.headers.getSetCookie()).toEqual([`madeinworld_refresh_${region}=r; HttpOnly; SameSite=Strict; Path=/`]);
});

test('answers 502 as a problem while a front is away', async () => {
  const alone = await startChild(main, ['--world-url', 'http://127.0.0.1:9', '--china-url', 'http://127.0.0.1:9', '--dist', dist]);
  try {
    const response = await fetch(`${alone.urlOf('admin')}/api/world/v1/products`);
    expect([response.status, response.headers.get('content-type')]).toEqual([502, 'application/problem+json; charset=utf-8']);
    expect(await response.json()).toMatchObject({ code: 'upstream_failed' });
  } finally {
    await alone.stop();
  }
});
