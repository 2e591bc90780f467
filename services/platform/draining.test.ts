/**
 * Goal: whoever has connected before the listener closes is served, and whoever says nothing keeps nobody from stopping.
 * Method: a real listener, and clients that write by hand. Planted once each: Fastify's own 503 while it closes, a connection that ends with the first of several answers,
 * and connections that are closed only where they are idle.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';

import { silentLog } from '../testing/region-database.ts';
import type { App } from './app.ts';
import type { Readiness } from './health.ts';
import { createHttpApp } from './http.ts';
import { openRawClient } from './testing/raw-client.ts';

const PATIENCE = { timeout: 15_000 };
const GET = 'GET /at-once HTTP/1.1\r\nhost: x\r\n\r\n';

let app: App;
let url: string;
let readiness: Readiness;
let underWay: number;
let late: PromiseWithResolvers<void>;
const open = async (requestTimeoutMs: number): Promise<void> => {
  app = createHttpApp({ name: 'drained', log: silentLog, readiness, routes: 'undeclared', requestTimeoutMs });
  app.get('/at-once', async () => ({ ok: true }));
  app.post('/work', async () => ({ ok: true }));
  app.get('/late', async () => {
    underWay += 1;
    await late.promise;
    return { ok: true };
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
};
const connections = (): Promise<number> => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)));
const answersIn = (text: string): readonly string[] => text.match(/HTTP\/1\.1 \d{3}/g) ?? [];

beforeEach(() => {
  readiness = { draining: false, checks: {} };
  underWay = 0;
  late = Promise.withResolvers<void>();
});
afterEach(async () => {
  late.resolve();
  await app.close();
});

it('who had connected before the listener closed is served, and then goes', async () => {
  await open(30_000);
  const busy = openRawClient(url, GET.replace('at-once', 'late'));
  await expect.poll(() => underWay, PATIENCE).toBe(1);
  const [silent, half] = [openRawClient(url), openRawClient(url, GET.slice(0, 20))];
  await expect.poll(connections, PATIENCE).toBe(3);
  readiness.draining = true;
  const closing = app.close();
  await expect.poll(() => app.server.listening, PATIENCE).toBe(false);
  silent.socket.write(GET);
  half.socket.write(GET.slice(20));
  for (const client of [silent, half]) {
    await expect.poll(client.isClosed, PATIENCE).toBe(true);
    expect(answersIn(client.text())).toEqual(['HTTP/1.1 200']);
  }
  late.resolve();
  await closing;
  await expect.poll(() => answersIn(busy.text()), PATIENCE).toEqual(['HTTP/1.1 200']);
});

it('each of the requests that came one behind the other is answered', async () => {
  await open(30_000);
  readiness.draining = true;
  const client = openRawClient(url, GET.replace('at-once', 'late') + GET + GET);
  await expect.poll(() => underWay, PATIENCE).toBe(1);
  late.resolve();
  await expect.poll(() => answersIn(client.text()), PATIENCE).toEqual(Array.from({ length: 3 }, () => 'HTTP/1.1 200'));
  client.socket.write(GET);
  await expect.poll(client.isClosed, PATIENCE).toBe(true);
  expect(client.text()).toContain('connection: close');
});

it('who says nothing, or does not end, is waited for no longer than a request may take', async () => {
  await open(200);
  const body = 'POST /work HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
  readiness.draining = true;
  const clients = [undefined, GET.slice(0, 20), body].map((first) => openRawClient(url, first));
  await expect.poll(connections, PATIENCE).toBe(3);
  await app.close();
  for (const client of clients) await expect.poll(client.isClosed, PATIENCE).toBe(true);
});
