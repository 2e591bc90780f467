import { Gauge } from 'prom-client';

import type { App } from '../app.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { refuse } from '../refusal.ts';
import { isProbe } from '../request-end.ts';
import type { EventLoopWatch } from './event-loop.ts';

declare module 'fastify' {
  interface FastifyRequest {
    hasPlace: boolean;
  }
}

const RETRY_AFTER_SECONDS = 1;

/**
 * Lets in so many requests at a time, each until its work is done and its answer out, and none while the event loop lags: what has begun is to end in time. The others
 * are answered 503 `unavailable` with Retry-After, before anything of a body is read. Probes are always answered.
 */
export function registerBackPressure(
  app: App,
  limits: { readonly maxRequestsInFlight: number; readonly eventLoop: Pick<EventLoopWatch, 'isLagging' | 'delayMs'> },
  metrics: Metrics | undefined,
): void {
  const { maxRequestsInFlight, eventLoop } = limits;
  const refused = metrics?.counterBy('http_refused_total', 'Requests refused to protect those under way, by what was short', ['reason']);
  if (metrics !== undefined) showDelay(metrics, eventLoop);
  let inside = 0;
  app.decorateRequest('hasPlace', false);
  app.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request)) return done();
    const short = inside >= maxRequestsInFlight ? 'places' : eventLoop.isLagging() ? 'event_loop' : undefined;
    if (short !== undefined) {
      refused?.add({ reason: short });
      return refuse(request, reply, 'unavailable', RETRY_AFTER_SECONDS);
    }
    inside += 1;
    request.hasPlace = true;
    done();
  });
  app.onRequestEnd((request) => {
    if (request.hasPlace) inside -= 1;
  });
}

function showDelay(metrics: Metrics, eventLoop: Pick<EventLoopWatch, 'delayMs'>): void {
  // The process's, so the same in each of its services.
  const gauge = new Gauge({
    name: 'madeinworld_event_loop_delay_seconds',
    help: "How late the process's event loop was in the last second",
    labelNames: ['quantile'],
    registers: [metrics.registry],
    collect() {
      const { median, p99 } = eventLoop.delayMs();
      gauge.set({ quantile: '0.5' }, median / 1_000);
      gauge.set({ quantile: '0.99' }, p99 / 1_000);
    },
  });
}
