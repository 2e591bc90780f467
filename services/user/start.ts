import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { openPublisher } from '#platform/open-publisher.ts';

import { buildUserApp } from './app.ts';
import { readUserConfig } from './config.ts';
import { holders } from './personal-data/holders.ts';
import { requireHolders } from './personal-data/service.ts';

/** Starts the user service and announces its address. */
export async function startUser(platform: Platform): Promise<RunningService> {
  const config = readUserConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const [database, publisher] = await Promise.all([
    platform.database<Record<string, never>>('users'),
    openPublisher(platform, 'users', ['pointers', 'events']),
  ]);
  await requireHolders(database.db, holders);
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const app = buildUserApp({
    http: await platform.http('user'),
    region,
    db: database.db,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    clock: platform.clock,
    holders,
    publisher,
    log: platform.log,
    readiness,
  });
  const url = await listen(app, 'user', host, config.USER_PORT);
  return {
    name: 'user',
    url,
    readiness,
    async drain() {
      await app.close();
      await publisher.drain();
      await database.close();
    },
  };
}
