import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { App } from '../app.ts';
import { createHttpApp } from '../http.ts';
import { createLogger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { createRateLimiter } from '../rate-limit/limiter.ts';
import { createLagVerdict, watchEventLoop } from './event-loop.ts';

/** Of a machine that has other work too. */
const PATIENCE = { timeout: 20_000 };

const LIMIT = 25;
const log = createLogger({ level: 'silent', region: 'test' });

/** Holds the work of requests until it is opened. */
function createGate(): { arrived: () => number; pass: () => Promise<void>; open: () => void } {
  let arrived = 0;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { arrived: () => arrived, pass: async () => ((arrived += 1), opened), open };
}

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: { readonly code?: string; readonly correlationId?: string };
}

let app: App;
let url: string;
let metrics: Metrics;
let isLagging: boolean;
let gate: ReturnType<typeof createGate>;
let bodiesRead: number;
const agent = new Agent({ keepAlive: false, maxSockets: Infinity });

beforeEach(async () => {
  isLagging = false;
  bodiesRead = 0;
  gate = createGate();
  metrics = createMetrics('shop');
  app = createHttpApp({
    routes: 'undeclared',
    name: 'shop',
    log,
    readiness: { draining: false, checks: {} },
    telemetry: { metrics },
    limits: {
      maxRequestsInFlight: LIMIT,
      rate: createRateLimiter({ perMinute: 1_000_000, burst: 1_000_000 }),
      eventLoop: { isLagging: () => isLagging, delayMs: () => ({ median: 0, p99: 0 }) },
    },
  });
  app.addHook('preParsing', async () => void (bodiesRead += 1));
  app.post('/work', async () => {
    await gate.pass();
    return { done: true };
  });
  app.get('/quick', async () => ({ done: true }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  gate.open();
  agent.destroy();
  await app.close();
});

/** A request over a connection of its own. */
function send(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = httpRequest(`${url}${path}`, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const parsed = response.headers['content-type']?.includes('json') === true ? JSON.parse(text) : {};
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], body: parsed });
      });
    });
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe('with four times as many requests as there are places', () => {
  it('those taken succeed, the others are told at once to come again, and none hangs', async () => {
    const sent = Array.from({ length: 4 * LIMIT }, () => send('POST', '/work', { text: 'x'.repeat(10_000) }));
    let settled = 0;
    for (const one of sent) void one.then(() => (settled += 1));
    // Nobody has finished yet: the refused do not wait for those who work.
    await expect.poll(() => settled, PATIENCE).toBe(3 * LIMIT);
    expect(gate.arrived()).toBe(LIMIT);
    // While the house is full, who watches over it is answered.
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await send('GET', path)).status).toBe(200);
    expect(await metrics.text()).toContain(`madeinworld_http_requests_in_flight{service="shop"} ${LIMIT}\n`);
    gate.open();
    const answers = await Promise.all(sent);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(LIMIT);
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(3 * LIMIT);
    for (const { retryAfter, body } of refused)
      expect([retryAfter, body.code, typeof body.correlationId]).toEqual(['1', 'unavailable', 'string']);
    // Nothing of their bodies was looked at.
    expect(bodiesRead).toBe(LIMIT + 3);
    expect(await metrics.text()).toContain(`madeinworld_http_refused_total{reason="places",service="shop"} ${3 * LIMIT}\n`);
    // All places are free again.
    const next = await Promise.all(Array.from({ length: LIMIT }, () => send('POST', '/work', {})));
    expect(next.every(({ status }) => status === 200)).toBe(true);
  });

  it('a connection that was refused can be used again', async () => {
    const full = Array.from({ length: LIMIT }, () => send('POST', '/work', {}));
    await expect.poll(() => gate.arrived(), PATIENCE).toBe(LIMIT);
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    client.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const body = JSON.stringify({ text: 'x'.repeat(1_000) });
    client.write(`POST /work HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await expect.poll(() => text, PATIENCE).toContain('503');
    client.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => text, PATIENCE).toContain('200 OK');
    client.destroy();
    gate.open();
    await Promise.all(full);
  });
});

describe('a place', () => {
  it('is held for as long as the work lasts, also when the client has gone', async () => {
    const clients = Array.from({ length: LIMIT }, () => connect(Number(new URL(url).port), '127.0.0.1'));
    for (const client of clients)
      client.write('POST /work HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
    await expect.poll(() => gate.arrived(), PATIENCE).toBe(LIMIT);
    await Promise.all(clients.map(async (client) => (client.destroy(), once(client, 'close'))));
    // Seen by the server too: it has no more connections.
    await expect.poll(() => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count))), PATIENCE).toBe(0);
    expect((await send('GET', '/quick')).status).toBe(503);
    gate.open();
    await expect.poll(async () => (await send('GET', '/quick')).status, PATIENCE).toBe(200);
  });

  it('is free again after requests that end in every other way', async () => {
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write('POST /work HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{');
    await expect.poll(() => bodiesRead, PATIENCE).toBe(1);
    client.destroy();
    gate.open();
    for (const path of ['/nowhere', '/work%zz']) expect((await send('GET', path)).status).toBeGreaterThanOrEqual(400);
    expect((await send('POST', '/work', { text: 'x'.repeat(300_000) })).status).toBe(413);
    const inFlight = async (): Promise<string | undefined> =>
      /^madeinworld_http_requests_in_flight\{.*\} (\d+)$/m.exec(await metrics.text())?.[1];
    await expect.poll(inFlight, PATIENCE).toBe('0');
    const all = await Promise.all(Array.from({ length: LIMIT }, () => send('POST', '/work', {})));
    expect(all.every(({ status }) => status === 200)).toBe(true);
  });
});

describe('the event loop', () => {
  it('that lags lets nobody in but probes', async () => {
    isLagging = true;
    expect(await send('GET', '/quick')).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'unavailable' } });
    expect((await send('GET', '/livez')).status).toBe(200);
    expect(await metrics.text()).toContain('madeinworld_http_refused_total{reason="event_loop",service="shop"} 1\n');
    isLagging = false;
    expect((await send('GET', '/quick')).status).toBe(200);
  });

  it('lags after two late windows, not after one', () => {
    const verdict = createLagVerdict(500);
    const lates = [10, 60_000, 10, 600, 600, 600, 10, 600].map((medianMs) => verdict({ medianMs, busy: 1, processor: 0.9 }));
    expect(lates).toEqual([false, false, false, false, true, true, false, false]);
  });

  it.each([
    ['waits for most of the time', { busy: 0.4, processor: 0.3 }, false],
    ['is given no processor, as who is frozen', { busy: 1, processor: 0.05 }, false],
    ['works on the smallest instance of a cloud', { busy: 1, processor: 0.25 }, true],
  ])('lags by work alone: it %s', (_, used, isLagging) => {
    const verdict = createLagVerdict(500);
    verdict({ medianMs: 600, ...used });
    expect(verdict({ medianMs: 600, ...used })).toBe(isLagging);
  });

  it.runIf(process.platform === 'linux')('does not lag where it is frozen again and again in the middle of its work', async () => {
    const child = fork(new URL('testing/stands-still.ts', import.meta.url), { execArgv: [] });
    const stat = (): string => readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\) /s, '');
    try {
      await once(child, 'message');
      for (let times = 0; times < 4; times += 1) {
        child.send('stop');
        await expect.poll(stat, PATIENCE).toMatch(/^T/);
        // Longer than one of its windows.
        await new Promise((resolve) => setTimeout(resolve, 300));
        const told = once(child, 'message');
        child.kill('SIGCONT');
        expect((await told).at(0)).toBe(false);
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is seen to lag while work holds it up, and no more afterwards', async () => {
    const watch = watchEventLoop({ limitMs: 100, windowMs: 50, resolutionMs: 5 });
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
    for (let turns = 0; turns < 60 && (turns < 20 || !watch.isLagging()); turns += 1) {
      const until = performance.now() + 150;
      while (performance.now() < until);
      await turn();
    }
    expect(watch.isLagging()).toBe(true);
    expect(watch.delayMs().median).toBeGreaterThan(100);
    await expect.poll(() => watch.isLagging(), { timeout: 20_000 }).toBe(false);
    // Each window is looked at by itself: what was slow is forgotten.
    await expect.poll(() => watch.delayMs().p99, { timeout: 8_000 }).toBeLessThan(100);
    watch.close();
  });
});
