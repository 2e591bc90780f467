import { once } from 'node:events';
import { connect } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import { createHttpApp } from '../http.ts';
import { createLogger } from '../log.ts';
import { createBoundedLabel } from './bounded-label.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** Of a machine that has other work too. */
const PATIENCE = { timeout: 20_000 };

const log = createLogger({ level: 'silent', region: 'test' });
let app: App;
let metrics: Metrics;

beforeEach(() => {
  metrics = createMetrics('shop');
  app = createHttpApp({ name: 'shop', routes: 'undeclared', log, readiness: { draining: false, checks: {} }, telemetry: { metrics } });
});
afterEach(() => app.close());

/** The value of the series of `name` that has all of these labels; undefined where there is none. */
async function valueOf(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith(`madeinworld_${name}{`));
  const line = lines.find((text) => Object.entries(labels).every(([label, value]) => text.includes(`${label}="${value}"`)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

describe('requests', () => {
  it('are counted by route, method and status, and no label holds what a client wrote', async () => {
    app.get('/v1/things/:id', async (request) => {
      if (request.url.endsWith('missing')) throw new AppError('not_found');
      return {};
    });
    app.post('/v1/things', async () => Promise.reject(new Error('broken')));
    for (const url of ['/v1/things/alpha', '/v1/things/beta?secret=1', '/v1/things/missing', '/v1/nowhere/else']) await app.inject({ url });
    await app.inject({ method: 'POST', url: '/v1/things', payload: {} });
    const of = (method: string, route: string, status: string) =>
      valueOf('http_requests_total', { method, route, status, service: 'shop' });
    expect(await of('GET', '/v1/things/:id', '200')).toBe(2);
    expect(await of('GET', '/v1/things/:id', '404')).toBe(1);
    expect(await of('GET', 'unmatched', '404')).toBe(1);
    expect(await of('POST', '/v1/things', '500')).toBe(1);
    expect(await valueOf('http_request_duration_seconds_count', { route: '/v1/things/:id' })).toBe(3);
    expect(await metrics.text()).not.toMatch(/alpha|beta|secret|nowhere/);
  });

  it('are under way until their work is done, also when the client has gone, and then count as 499', async () => {
    let finish = (): void => undefined;
    let began = (): void => undefined;
    const begun = new Promise<void>((resolve) => (began = resolve));
    app.get('/slow', async () => {
      began();
      await new Promise<void>((resolve) => (finish = resolve));
      return {};
    });
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const client = connect(Number(port), '127.0.0.1');
    client.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await begun;
    expect(await valueOf('http_requests_in_flight')).toBe(1);
    const gone = new Promise((resolve) => app.server.once('connection', resolve));
    client.destroy();
    await once(client, 'close');
    // Another connection is taken after the end of the first one has been seen.
    await Promise.all([gone, app.inject({ url: '/livez' }), fetch(`http://127.0.0.1:${port}/livez`)]);
    expect(await valueOf('http_requests_in_flight')).toBe(1);
    finish();
    await expect.poll(() => valueOf('http_requests_in_flight'), PATIENCE).toBe(0);
    await expect.poll(() => valueOf('http_requests_total', { route: '/slow', status: '499' }), PATIENCE).toBe(1);
  });

  it('of probes are not counted', async () => {
    for (const url of ['/livez', '/readyz', '/metrics']) expect((await app.inject({ url })).statusCode).toBe(200);
    expect(await valueOf('http_requests_total')).toBeUndefined();
    expect(await valueOf('http_requests_in_flight')).toBe(0);
  });
});

describe('GET /metrics', () => {
  it("is Prometheus' text format, with what was added", async () => {
    const other = createMetrics('other');
    other.counter('other_things_total', 'Things').add(4);
    let isFresh = false;
    metrics.add({ registry: other.registry, refresh: async () => void (isFresh = true) });
    const answer = await app.inject({ url: '/metrics' });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('madeinworld_other_things_total{service="other"} 4');
    expect(answer.body).toMatch(/^# TYPE madeinworld_http_requests_in_flight gauge$/m);
    // Each metric is described once, and in one piece.
    const described = answer.body.match(/^# TYPE \S+/gm) ?? [];
    expect(new Set(described).size).toBe(described.length);
    expect(isFresh).toBe(true);
  });

  it('is not there on a listener that strangers reach', async () => {
    const hidden = createHttpApp({
      name: 'shop',
      routes: 'undeclared',
      log,
      readiness: { draining: false, checks: {} },
      telemetry: { metrics: createMetrics('shop') },
      hidesMetrics: true,
    });
    expect((await hidden.inject({ url: '/metrics' })).statusCode).toBe(404);
  });
});

describe('business counters', () => {
  it('count, and by labels', async () => {
    metrics.counter('orders_total', 'Orders placed').add();
    const revenue = metrics.counterBy('revenue_minor_total', 'Revenue in minor units', ['currency']);
    revenue.add({ currency: 'GBP' }, 1_999);
    revenue.add({ currency: 'GBP' }, 1);
    revenue.add({ currency: 'CNY' }, 5);
    expect(await valueOf('orders_total')).toBe(1);
    expect(await valueOf('revenue_minor_total', { currency: 'GBP', service: 'shop' })).toBe(2_000);
    expect(await valueOf('revenue_minor_total', { currency: 'CNY' })).toBe(5);
    expect(() => metrics.counter('orders_total', 'again')).toThrow(/already/);
  });

  it('have so many values of a label and no more', () => {
    const bounded = createBoundedLabel(2);
    expect(['GBP', 'a@example.com', 'CNY', 'USD', 'GBP', ''].map(bounded)).toEqual(['GBP', 'other', 'CNY', 'other', 'GBP', 'other']);
  });
});
