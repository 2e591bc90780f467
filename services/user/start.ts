import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { createPublisher } from '#platform/publisher.ts';

import { buildUserApp } from './app.ts';
import { readUserConfig } from './config.ts';

/** Starts the user service and announces its address. */
export async function startUser(platform: Platform): Promise<RunningService> {
  const config = readUserConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const [database, publishing, queue] = await Promise.all([
    platform.database<Record<string, never>>('users'),
    // Of its own: every write waits for its pointers to be sent, and those must not line up behind other writes.
    platform.database<Record<string, never>>('users', { maxConnections: 2 }),
    platform.queue(),
  ]);
  const publisher = createPublisher({ pool: publishing.pool, queue, log: platform.log, clock: platform.clock, region });
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const app = buildUserApp({
    http: await platform.http('user'),
    region,
    db: database.db,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
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
      await publishing.close();
      await database.close();
    },
  };
}
