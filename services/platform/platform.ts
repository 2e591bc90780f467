import { Type, type Static } from 'typebox';

import { Region } from '#contracts/regions.ts';

import { systemClock, type Clock } from './clock.ts';
import { readConfig, type Environment } from './config.ts';
import { openDatabase, type Database } from './db.ts';
import type { HttpParts } from './http.ts';
import { createLimits, LimitsConfig } from './limits.ts';
import { createLogger, type Logger } from './log.ts';
import { createQueue, type CountedQueue, type QueueKind } from './queue/index.ts';
import { createSecrets, type Secrets } from './secrets/index.ts';
import { createTelemetry } from './telemetry.ts';

/** What every service of a process shares. */
export const PlatformConfig = Type.Object({
  ...LimitsConfig.properties,
  REGION: Region,
  LISTEN_HOST: Type.String({ default: '127.0.0.1' }),
  /** How long a load balancer takes to notice that a service is not ready any more. */
  DRAIN_DELAY_MS: Type.Integer({ minimum: 0, maximum: 20_000, default: 0 }),
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
  /** The region's queue of pointers, or of events: opened at the first call and shared by the services of the process. */
  queue(of?: QueueKind): Promise<CountedQueue>;
  /** A pool of the role of `service`. */
  database<Tables>(
    service: string,
    options?: { maxConnections?: number; statementTimeoutMs?: number; lockTimeoutMs?: number; pipelined?: boolean },
  ): Promise<Database<Tables>>;
  /** What the HTTP app of `service` is made with. */
  http(service: string): Promise<Required<HttpParts>>;
  /** Closes what is shared: call it when every service has drained. */
  close(): Promise<void>;
}

/** Reads the shared configuration and makes the shared clients. Throws ConfigError. */
export function createPlatform(env: Environment): Platform {
  const config = readConfig(PlatformConfig, env);
  const log = createLogger({ level: config.LOG_LEVEL, region: config.REGION });
  const secrets = createSecrets({ env, log, clock: systemClock });
  const opening = new Map<QueueKind, Promise<CountedQueue>>();
  let limits: ReturnType<typeof createLimits> | undefined;
  const exports = config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && !config.OTEL_SDK_DISABLED;
  const telemetry = createTelemetry({ exports, env, region: config.REGION, clock: systemClock, log });
  return {
    config,
    env,
    log,
    clock: systemClock,
    secrets,
    queue(of = 'pointers') {
      const opened = opening.get(of) ?? createQueue({ env, log, clock: systemClock, of });
      opening.set(of, opened);
      return opened;
    },
    database: (service, options) => openDatabase({ url: config.DATABASE_URL, service, secrets, log, ...options }),
    http: async (service) => ({ telemetry: await telemetry.of(service), limits: (limits ??= createLimits(config)) }),
    async close() {
      limits?.close();
      await telemetry.close();
      for (const queue of opening.values()) await (await queue).close();
      secrets.close();
    },
  };
}
