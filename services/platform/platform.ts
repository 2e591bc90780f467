import { Type, type Static } from 'typebox';

import { Region } from '#contracts/regions.ts';

import { systemClock, type Clock } from './clock.ts';
import { readConfig, type Environment } from './config.ts';
import { openDatabase, type Database } from './db.ts';
import type { HttpParts } from './http.ts';
import { createLogger, type Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { OtlpExporter } from './otlp/index.ts';
import { createQueue, type CountedQueue } from './queue/index.ts';
import { createSecrets, type Secrets } from './secrets/index.ts';

/** What every service of a process shares. */
export const PlatformConfig = Type.Object({
  REGION: Region,
  LISTEN_HOST: Type.String({ default: '127.0.0.1' }),
  LOG_LEVEL: Type.String({ default: 'info' }),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  /** With it metrics and spans are exported, as OpenTelemetry's other variables say (otlp/config.ts). */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String()),
  OTEL_SDK_DISABLED: Type.Boolean({ default: false }),
});
export type PlatformConfig = Static<typeof PlatformConfig>;

export interface Platform {
  readonly config: PlatformConfig;
  readonly env: Environment;
  readonly log: Logger;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** The region's queue, opened at the first call and shared by the services of the process. */
  queue(): Promise<CountedQueue>;
  /** A pool of the role of `service`. */
  database<Tables>(
    service: string,
    options?: { maxConnections?: number; statementTimeoutMs?: number; lockTimeoutMs?: number; pipelined?: boolean },
  ): Promise<Database<Tables>>;
  /** What the HTTP app of `service` is made with, its metrics among it. */
  http(service: string): Promise<HttpParts & { readonly metrics: Metrics }>;
  /** Closes what is shared: call it when every service has drained. */
  close(): Promise<void>;
}

/** Reads the shared configuration and makes the shared clients. Throws ConfigError. */
export function createPlatform(env: Environment): Platform {
  const config = readConfig(PlatformConfig, env);
  const log = createLogger({ level: config.LOG_LEVEL, region: config.REGION });
  const secrets = createSecrets({ env, log, clock: systemClock });
  let opening: Promise<CountedQueue> | undefined;
  let exporting: Promise<OtlpExporter> | undefined;
  const region = config.REGION;
  return {
    config,
    env,
    log,
    clock: systemClock,
    secrets,
    queue: () => (opening ??= createQueue({ env, log, clock: systemClock })),
    database: (service, options) => openDatabase({ url: config.DATABASE_URL, service, secrets, log, ...options }),
    async http(service) {
      const metrics = createMetrics(service);
      if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined || config.OTEL_SDK_DISABLED) return { metrics };
      exporting ??= import('./otlp/index.ts').then(({ startOtlp }) => startOtlp({ env, region, clock: systemClock, log }));
      return { metrics, tracing: (await exporting).join(metrics) };
    },
    async close() {
      if (exporting !== undefined) await (await exporting).close();
      if (opening !== undefined) await (await opening).close();
      secrets.close();
    },
  };
}
