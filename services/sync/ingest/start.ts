import { createPolicies, entityPolicies } from '#contracts/sync-policy.ts';
import { readConfig } from '#platform/config.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';

import { createSyncKeys } from '../keys.ts';
import { buildIngestApp } from './app.ts';
import { IngestConfig } from './config.ts';

/** Starts the ingest of this region. */
export async function startIngest(platform: Platform): Promise<RunningService> {
  const config = readConfig(IngestConfig, platform.env);
  const database = await platform.database<Record<string, never>>('sync', { maxConnections: 6 });
  const readiness = { draining: false, checks: { database: database.ping } };
  const app = buildIngestApp({
    pool: database.pool,
    policies: createPolicies(entityPolicies),
    keys: createSyncKeys(platform.secrets),
    log: platform.log,
    clock: platform.clock,
    readiness,
  });
  const url = await listen(app, 'sync', platform.config.LISTEN_HOST, config.SYNC_PORT);
  return {
    name: 'sync',
    url,
    readiness,
    async drain() {
      await app.close();
      await database.close();
    },
  };
}
