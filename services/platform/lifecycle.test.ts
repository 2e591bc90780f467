/**
 * Goal: a service that is told to stop fails no request: whoever balances load sees it first, what is under way is finished, and only then does it listen no more.
 * Method: a real listener, clients with kept connections that go on for as long as /readyz says so, and requests that are answered late. Planted once each: no pause
 * before the listener closes, connections that are closed while a request is on them, and connections that stay open when they have been answered.
 */
import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';

import { expect, it } from 'vitest';

import { silentLog } from '../testing/region-database.ts';
import type { Readiness } from './health.ts';
import { createHttpApp } from './http.ts';
import { listen, shutDown, startAll, type RunningService } from './lifecycle.ts';

const CLIENTS = 12;
const LOOK_MS = 10;
const NOTICED_WITHIN_MS = 300;

async function openService() {
  const readiness: Readiness = { draining: false, checks: {} };
  const late = Promise.withResolvers<void>();
  const app = createHttpApp({ name: 'drained', log: silentLog, readiness, routes: 'undeclared' });
  let underWay = 0;
  app.get('/at-once', async () => ({ ok: true }));
  app.get('/late', async () => {
    underWay += 1;
    await late.promise;
    return { ok: true };
  });
  app.get('/in-parts', async (_request, reply) => {
    async function* parts() {
      yield 'begun';
      underWay += 1;
      await late.promise;
      yield 'ended';
    }
    return reply.send(Readable.from(parts()));
  });
  const url = await listen(app, 'drained', '127.0.0.1', 0);
  return { app, url, readiness, answerLate: late.resolve, underWay: () => underWay };
}

/** Asks over a kept connection; the status, or what went wrong. */
const ask = (agent: Agent, url: string): Promise<number | string> =>
  new Promise((resolve) => {
    request(url, { agent }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', (error) => resolve(error.message));
    })
      .once('error', (error) => resolve(error.message))
      .end();
  });

it('a service that stops fails no request', async () => {
  const service = await openService();
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS * 2 });
  const looks = new Agent({ keepAlive: true, maxSockets: 1 });
  const answers = new Map<number | string, number>();
  let isReady = true;
  const balancer = async (): Promise<void> => {
    while (isReady) {
      isReady = (await ask(looks, `${service.url}/readyz`)) === 200;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const client = async (): Promise<void> => {
    while (isReady) {
      const answer = await ask(agent, `${service.url}/at-once`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  const late = Array.from({ length: CLIENTS }, (_, n) => ask(agent, `${service.url}/${n % 2 === 0 ? 'late' : 'in-parts'}`));
  const balancing = balancer();
  await expect.poll(() => [service.underWay(), (answers.get(200) ?? 0) > CLIENTS * 10]).toEqual([CLIENTS, true]);

  let isClosed = false;
  const running = { name: 'drained', url: service.url, readiness: service.readiness, drain: () => service.app.close() };
  const stopping = shutDown([running], { log: silentLog, drainDelayMs: NOTICED_WITHIN_MS, limitMs: 10_000 }).finally(
    () => (isClosed = true),
  );
  await Promise.all([balancing, ...clients]);
  await expect.poll(() => ask(new Agent(), `${service.url}/at-once`)).toMatch(/ECONNREFUSED/);
  expect(isClosed).toBe(false);
  service.answerLate();
  expect(await Promise.all(late)).toEqual(Array.from({ length: CLIENTS }, () => 200));
  expect(await stopping).toBe(true);
  expect([...answers.keys()]).toEqual([200]);
});

it('what does not end in time is told, and kept from stopping no longer', async () => {
  const stuck = { name: 'stuck', url: '', readiness: { draining: false, checks: {} }, drain: () => new Promise<void>(() => undefined) };
  const fails = { ...stuck, name: 'fails', readiness: { draining: false, checks: {} }, drain: () => Promise.reject(new Error('no')) };
  expect(await shutDown([stuck], { log: silentLog, drainDelayMs: 0, limitMs: 20 })).toBe(false);
  expect(await shutDown([fails], { log: silentLog, drainDelayMs: 0, limitMs: 1_000 })).toBe(false);
  // The pause counts as well.
  const atOnce = { ...stuck, drain: async () => undefined };
  expect(await shutDown([atOnce], { log: silentLog, drainDelayMs: 200, limitMs: 20 })).toBe(false);
  expect([stuck.readiness.draining, fails.readiness.draining]).toEqual([true, true]);
});

it('a service that has started is stopped, though another has not', async () => {
  const running: RunningService[] = [];
  const late = Promise.withResolvers<RunningService>();
  const started = { name: 'started', url: '', readiness: { draining: false, checks: {} }, drain: async () => undefined };
  const starting = startAll([() => late.promise, async () => started], running);
  await expect.poll(() => running).toEqual([started]);
  late.resolve({ ...started, name: 'late' });
  await starting;
  expect(running.map(({ name }) => name)).toEqual(['started', 'late']);
});
