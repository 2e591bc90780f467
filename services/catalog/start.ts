import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { openPublisher } from '#platform/open-publisher.ts';

import { buildCatalogApp } from './app.ts';
import { readCatalogConfig } from './config.ts';

/** Starts the catalogue service and announces its address. */
export async function startCatalog(platform: Platform): Promise<RunningService> {
  const config = readCatalogConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const [database, publisher] = await Promise.all([
    platform.database<Record<string, never>>('catalog'),
    openPublisher(platform, 'catalog', ['pointers']),
  ]);
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const app = buildCatalogApp({
    db: database.db,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    publisher,
    log: platform.log,
    readiness,
    http: await platform.http('catalog'),
  });
  const url = await listen(app, 'catalog', host, config.CATALOG_PORT);
  return {
    name: 'catalog',
    url,
    readiness,
    async drain() {
      await app.close();
      await publisher.drain();
      await database.close();
    },
  };
}
