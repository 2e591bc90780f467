import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { openPublisher } from '#platform/open-publisher.ts';

import { buildInventoryApp } from './app.ts';
import { readInventoryConfig } from './config.ts';

/** Starts the inventory service and announces its address. */
export async function startInventory(platform: Platform): Promise<RunningService> {
  const config = readInventoryConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const [database, publisher] = await Promise.all([
    platform.database<Record<string, never>>('inventory'),
    // An alert that begins is told in the region.
    openPublisher(platform, 'inventory', ['pointers', 'events'], { maxConnections: 3 }),
  ]);
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const app = buildInventoryApp({
    http: await platform.http('inventory'),
    db: database.db,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    publisher,
    log: platform.log,
    readiness,
  });
  const url = await listen(app, 'inventory', host, config.INVENTORY_PORT);
  return {
    name: 'inventory',
    url,
    readiness,
    async drain() {
      await app.close();
      await publisher.drain();
      await database.close();
    },
  };
}
