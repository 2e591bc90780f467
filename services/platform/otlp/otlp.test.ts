import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { App } from '../app.ts';
import { systemClock } from '../clock.ts';
import { AppError, ConfigError } from '../errors.ts';
import { createHttpApp } from '../http.ts';
import { createLogger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { type Collector, plain, startCollector } from '../testing/otlp-collector.ts';
import { readOtlpSettings } from './config.ts';
import { type OtlpExporter, startOtlp } from './index.ts';

/** Of a machine that has other work too. */
const PATIENCE = { timeout: 20_000 };

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const log = createLogger({ level: 'silent', region: 'test' });

let collector: Collector;
let exporter: OtlpExporter;
let metrics: Metrics;
let app: App;

/** A service that exports what `env` says, and nothing before it is closed unless that says so. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const own = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '3600000', OTEL_METRIC_EXPORT_INTERVAL: '3600000' };
  exporter = startOtlp({ env: { ...own, ...env }, region: 'china', clock: systemClock, log });
  metrics = createMetrics('shop');
  app = createHttpApp({
    routes: 'undeclared',
    name: 'shop',
    log,
    readiness: { draining: false, checks: {} },
    telemetry: { metrics, tracing: exporter.join(metrics) },
  });
  app.get('/v1/things/:id', async (request) => {
    if (request.url.includes('missing')) throw new AppError('not_found');
    if (request.url.includes('broken')) throw new Error('SELECT broken FROM somebody@example.com');
    return { id: 'x' };
  });
  await app.ready();
}

const droppedText = (reason: string): string => `madeinworld_spans_dropped_total{reason="${reason}",service="shop"}`;

beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  await app.close();
  await exporter.close();
  await collector.close();
});

describe('a span', () => {
  it("has the ids of the request's trace, and says what it may and nothing else", async () => {
    await start();
    const answer = await app.inject({
      url: '/v1/things/secret-id?email=somebody@example.com',
      headers: { traceparent: `00-${TRACE}-${PARENT}-01`, authorization: 'Bearer secret-token', 'x-forwarded-for': '192.0.2.7' },
    });
    await exporter.close();
    const [span] = collector.spans;
    expect(answer.headers['traceparent']).toBe(`00-${TRACE}-${span?.spanId}-01`);
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, name: 'GET /v1/things/:id', status: {} });
    expect(plain(span?.attributes ?? [])).toEqual({
      'http.request.method': 'GET',
      'http.route': '/v1/things/:id',
      'http.response.status_code': '200',
    });
    expect(span?.resource).toMatchObject({ 'service.name': 'shop', 'madeinworld.region': 'china' });
    expect(Object.keys(span?.resource ?? {}).sort()).toEqual([
      'madeinworld.region',
      'service.instance.id',
      'service.name',
      'service.namespace',
    ]);
    expect(JSON.stringify([collector.spans, collector.metrics])).not.toMatch(/secret|somebody|192\.0\.2/);
    const lastedNs = BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0);
    expect(lastedNs > 0n && lastedNs < 30_000_000_000n).toBe(true);
    expect(Math.abs(Number(BigInt(span?.endTimeUnixNano ?? 0) / 1_000_000n) - Date.now())).toBeLessThan(30_000);
  });

  it('names the code of an error; of one that nobody knows no more than that', async () => {
    await start();
    for (const id of ['missing', 'broken']) await app.inject({ url: `/v1/things/${id}` });
    await app.inject({ url: '/elsewhere/secret' });
    await exporter.close();
    const seen = collector.spans.map(({ name, attributes, status }) => ({
      name,
      code: plain(attributes)['error.type'],
      status: status.code,
    }));
    expect(seen).toEqual([
      { name: 'GET /v1/things/:id', code: 'not_found', status: undefined },
      { name: 'GET /v1/things/:id', code: 'internal', status: 2 },
      { name: 'GET', code: 'not_found', status: undefined },
    ]);
    expect(JSON.stringify(collector.spans)).not.toMatch(/SELECT|somebody|secret/);
  });

  it('is of a sampled trace: one that has a parent follows it, one that starts here the configured share', async () => {
    await start({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' });
    await app.inject({ url: '/v1/things/1', headers: { traceparent: `00-${TRACE}-${PARENT}-00` } });
    await app.inject({ url: '/v1/things/1', headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    const roots: string[] = [];
    for (let at = 0; at < 200; at += 1) roots.push(String((await app.inject({ url: '/v1/things/1' })).headers['traceparent']));
    await app.inject({ url: '/livez' });
    await exporter.close();
    const [first, ...others] = collector.spans;
    expect(first).toMatchObject({ traceId: TRACE });
    // What the header says to whoever is called next is what is exported.
    const sampled = roots.filter((header) => header.endsWith('-01')).map((header) => header.split('-')[1]);
    expect(others.map(({ traceId }) => traceId)).toEqual(sampled);
    expect(sampled.length).toBeGreaterThan(50);
    expect(sampled.length).toBeLessThan(150);
    expect(others.every(({ parentSpanId }) => parentSpanId === undefined)).toBe(true);
  });
});

describe('metrics', () => {
  it('are the same as GET /metrics shows', async () => {
    await start();
    metrics.counterBy('revenue_minor_total', 'Revenue', ['currency']).add({ currency: 'CNY' }, 1_999);
    for (let at = 0; at < 3; at += 1) await app.inject({ url: '/v1/things/1' });
    await exporter.close();
    const byName = new Map(collector.metrics.map((metric) => [metric.name, metric]));
    const revenue = byName.get('madeinworld_revenue_minor_total');
    expect(revenue).toMatchObject({ sum: { dataPoints: [{ asDouble: 1_999 }] }, resource: { 'service.name': 'shop' } });
    expect(byName.get('madeinworld_http_requests_in_flight')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 0 }] } });
    const duration = byName.get('madeinworld_http_request_duration_seconds');
    const [point] = duration !== undefined && 'histogram' in duration ? duration.histogram.dataPoints : [];
    expect(point).toMatchObject({ count: '3' });
    expect(point?.bucketCounts.length).toBe((point?.explicitBounds.length ?? 0) + 1);
    expect(point?.bucketCounts.reduce((sum, count) => sum + Number(count), 0)).toBe(3);
    expect(plain(point?.attributes ?? [])).toMatchObject({ method: 'GET', route: '/v1/things/:id', service: 'shop' });
    // Up to each bound as many as Prometheus is told.
    const text = await metrics.text();
    let upTo = 0;
    for (const [at, le] of (point?.explicitBounds ?? []).entries()) {
      upTo += Number(point?.bucketCounts[at]);
      expect(text).toContain(`duration_seconds_bucket{le="${le}",service="shop",method="GET",route="/v1/things/:id"} ${upTo}\n`);
    }
    expect(text).toContain(`duration_seconds_sum{service="shop",method="GET",route="/v1/things/:id"} ${point?.sum}\n`);
    const shown = new Set(text.match(/^# TYPE (\S+)/gm)?.map((line) => line.slice('# TYPE '.length)));
    expect(new Set(byName.keys())).toEqual(shown);
  });

  it('leave out what a gauge does not know', async () => {
    await start();
    const { Gauge } = await import('prom-client');
    new Gauge({ name: 'unknown_now', help: 'x', registers: [metrics.registry] }).set(Number.NaN);
    await exporter.close();
    expect(collector.metrics.find(({ name }) => name === 'unknown_now')).toMatchObject({ gauge: { dataPoints: [] } });
  });

  it('go out at their interval, and are read anew each time', async () => {
    await start({ OTEL_METRIC_EXPORT_INTERVAL: '20' });
    await app.inject({ url: '/v1/things/1' });
    await expect
      .poll(() => collector.metrics.find(({ name }) => name === 'madeinworld_http_requests_total'), PATIENCE)
      .toMatchObject({ sum: { dataPoints: [{ asDouble: 1 }] } });
  });
});

describe('a collector', () => {
  it('that hangs holds up no request; more spans than the queue takes are dropped and counted', async () => {
    await start({ OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5', OTEL_EXPORTER_OTLP_TIMEOUT: '600000' });
    collector.answers.push('hang', 'hang', 'hang', 'hang');
    for (let at = 0; at < 5; at += 1) await app.inject({ url: '/v1/things/1' });
    await expect.poll(() => collector.requests.length, PATIENCE).toBe(1);
    for (let at = 0; at < 20; at += 1) expect((await app.inject({ url: '/v1/things/1' })).statusCode).toBe(200);
    expect(await metrics.text()).toContain(`${droppedText('queue_full')} 10\n`);
    // Closing gives up by itself, long before the request's own limit.
    await exporter.close();
    expect(await metrics.text()).toContain(`${droppedText('not_delivered')} 15\n`);
  });

  it('that is busy gets the same spans again, once', async () => {
    await start({ OTEL_BSP_SCHEDULE_DELAY: '1', OTEL_METRICS_EXPORTER: 'none' });
    collector.answers.push({ status: 503, headers: { 'retry-after': '0' } }, { status: 429, headers: { 'retry-after': '0' } });
    await app.inject({ url: '/v1/things/1' });
    await expect.poll(() => collector.spans.length, PATIENCE).toBe(1);
    await exporter.close();
    expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/traces', '/v1/traces', '/v1/traces']);
    expect(collector.spans).toHaveLength(1);
    expect(await metrics.text()).not.toContain(droppedText('not_delivered'));
  });

  it('that refuses is not asked again, and what it rejects is counted', async () => {
    await start({ OTEL_BSP_SCHEDULE_DELAY: '1', OTEL_METRICS_EXPORTER: 'none' });
    collector.answers.push({ status: 400 }, { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"no"}}' });
    await app.inject({ url: '/v1/things/1' });
    await expect.poll(() => metrics.text(), PATIENCE).toContain(`${droppedText('not_delivered')} 1\n`);
    await app.inject({ url: '/v1/things/1' });
    await expect.poll(() => metrics.text(), PATIENCE).toContain(`${droppedText('not_delivered')} 2\n`);
    expect(collector.requests).toHaveLength(2);
  });

  it('that is not there loses what it would have got', async () => {
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    await app.inject({ url: '/v1/things/1' });
    await exporter.close();
    expect(await metrics.text()).toContain(`${droppedText('not_delivered')} 1\n`);
  });

  it('gets all that waits when the process drains, in batches, compressed where it is asked for, with the headers that it wants', async () => {
    await start({
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=shop%20one, x-other=2',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    for (let at = 0; at < 99; at += 1) await app.inject({ url: '/v1/things/1' });
    expect(collector.requests).toHaveLength(0);
    await exporter.close();
    expect(collector.spans).toHaveLength(99);
    expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(99);
    expect(collector.requests.map(({ headers }) => [headers['content-encoding'], headers['x-tenant'], headers['x-other']])).toEqual([
      ['gzip', 'shop one', '2'],
      ['gzip', 'shop one', '2'],
    ]);
    expect(collector.spans[0]?.resource['deployment.environment.name']).toBe('test');
  });
});

describe('settings', () => {
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

  it('are the standard variables', () => {
    expect(readOtlpSettings(base)).toMatchObject({
      tracesUrl: 'http://collector:4318/v1/traces',
      metricsUrl: 'http://collector:4318/v1/metrics',
      rootRatio: 1,
      spans: { delayMs: 5_000, most: 2_048, batch: 512 },
      metricsIntervalMs: 60_000,
    });
    const own = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/x',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    };
    expect(readOtlpSettings({ ...base, ...own })).toMatchObject({ tracesUrl: 'http://traces/x', metricsUrl: undefined, rootRatio: 0 });
  });

  it.each([
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=%secret' },
    { OTEL_TRACES_SAMPLER: 'always_on' },
  ])('refuse %j, and tell no value', (env) => {
    const fault = (() => {
      try {
        return readOtlpSettings({ ...base, ...env });
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(ConfigError);
    expect(String(fault)).not.toContain('secret');
  });
});
