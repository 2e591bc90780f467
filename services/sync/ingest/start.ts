import { createPolicies, entityPolicies } from '#contracts/sync-policy.ts';
import { readConfig } from '#platform/config.ts';
import { createHttpApp } from '#platform/http.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import { registerMetricsRoute } from '#platform/metrics/routes.ts';
import type { Platform } from '#platform/platform.ts';
import { createPublisher } from '#platform/publisher.ts';

import { createSyncKeys } from '../keys.ts';
import { createIngestOperating } from '../operate/operating.ts';
import { backlogOf, createOwnSide } from '../reconcile/side.ts';
import { buildIngestApp } from './app.ts';
import { IngestConfig } from './config.ts';
import { LOCK_TIMEOUT_MS } from './transaction.ts';

/** Starts the ingest of this region. */
export async function startIngest(platform: Platform): Promise<RunningService> {
  const config = readConfig(IngestConfig, platform.env);
  const database = await platform.database<Record<string, never>>('sync', {
    maxConnections: 6,
    pipelined: true,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  const { pool } = database;
  const readiness = { draining: false, checks: { database: database.ping } };
  const { clock, log } = platform;
  const operating = createIngestOperating({ pool, region: platform.config.REGION, clock, log });
  const { telemetry } = await platform.http('sync');
  telemetry.metrics.add(operating.metrics);
  const policies = createPolicies(entityPolicies);
  const queue = await platform.queue();
  const publisher = createPublisher({ pool, queue, log, clock, region: platform.config.REGION });
  const app = buildIngestApp({
    pool,
    policies,
    side: createOwnSide({ pool, policies, ...backlogOf(queue, publisher) }),
    keys: createSyncKeys(platform.secrets),
    log,
    clock,
    readiness,
    observer: operating.observer,
    publish: () => publisher.afterCommit(),
    telemetry,
  });
  const inside = createHttpApp({ name: 'sync-metrics', routes: 'undeclared', log, readiness });
  registerMetricsRoute(inside, telemetry.metrics);
  await listen(inside, 'sync-metrics', platform.config.LISTEN_HOST, config.SYNC_METRICS_PORT);
  const url = await listen(app, 'sync', platform.config.LISTEN_HOST, config.SYNC_PORT);
  return {
    name: 'sync',
    url,
    readiness,
    async drain() {
      await app.close();
      await inside.close();
      await operating.flush();
      await publisher.drain();
      await database.close();
    },
  };
}
