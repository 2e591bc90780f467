import { Counter, Gauge, Histogram } from 'prom-client';

import type { App } from '../app.ts';
import { isProbe } from '../request-end.ts';
import type { Metrics } from './metrics.ts';

/** From a look into memory to the longest time limit; the border's round trip is 0.2 s. */
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** As nginx says it: the client had gone before its answer was out. */
const CLIENT_GONE = 499;

/** Rate, errors and duration of `app`'s requests. Routes are patterns, so that no label holds what a client wrote; probes are not counted. */
export function registerRequestMetrics(app: App, metrics: Metrics): void {
  const named = (name: string, help: string) => ({ name: `madeinworld_http_${name}`, help, registers: [metrics.registry] });
  const requests = new Counter({
    ...named('requests_total', 'Requests that have ended, by status; 499: the client had gone'),
    labelNames: ['method', 'route', 'status'],
  });
  const duration = new Histogram({
    ...named('request_duration_seconds', 'From the head of a request to the end of its answer'),
    labelNames: ['method', 'route'],
    buckets: BUCKETS_SECONDS,
  });
  const inFlight = new Gauge(named('requests_in_flight', 'Requests under way'));

  app.addHook('onRequest', (request, _reply, done) => {
    if (!isProbe(request)) inFlight.inc();
    done();
  });
  app.onRequestEnd((request, reply, end) => {
    if (isProbe(request)) return;
    inFlight.dec();
    const { method } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    requests.inc({ method, route, status: end === 'answered' ? reply.statusCode : CLIENT_GONE });
    duration.observe({ method, route }, reply.elapsedTime / 1_000);
  });
}
