import { Registry } from 'prom-client';

import type { App } from '../app.ts';
import type { Metrics } from './metrics.ts';

/** GET /metrics in Prometheus' text format, for whoever reaches the listener: it must be one that neither clients nor the peer reach on this path. */
export function registerMetricsRoute(app: App, metrics: Pick<Metrics, 'text'>): void {
  app.get('/metrics', async (_request, reply) => reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await metrics.text()));
}
