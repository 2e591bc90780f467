import type { Clock } from './clock.ts';
import type { Environment } from './config.ts';
import type { Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { OtlpExporter } from './otlp/index.ts';
import type { Tracing } from './tracing.ts';

/** How one service of a process is seen. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracing?: Tracing;
}

/** Makes the telemetry of each service of a process; the exporter is loaded with the first, and only where a collector is named. */
export function createTelemetry(deps: { exports: boolean; env: Environment; region: string; clock: Clock; log: Logger }): {
  of(service: string): Promise<Telemetry>;
  /** Sends what is left. Call it when every service has drained. */
  close(): Promise<void>;
} {
  let starting: Promise<OtlpExporter> | undefined;
  return {
    async of(service) {
      const metrics = createMetrics(service);
      if (!deps.exports) return { metrics };
      starting ??= import('./otlp/index.ts').then(({ startOtlp }) => startOtlp(deps));
      return { metrics, tracing: (await starting).join(metrics) };
    },
    close: async () => (await starting)?.close(),
  };
}
