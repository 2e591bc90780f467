import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { createPublisher } from '#platform/publisher.ts';

import { buildOrderApp } from './app.ts';
import { readOrderConfig } from './config.ts';

/** Starts the order service and announces its address. */
export async function startOrder(platform: Platform): Promise<RunningService> {
  const config = readOrderConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const [database, publishing, queue] = await Promise.all([
    platform.database<Record<string, never>>('orders'),
    // Of its own: every write waits for its pointers to be sent, and those must not line up behind other writes.
    platform.database<Record<string, never>>('orders', { maxConnections: 2 }),
    platform.queue(),
  ]);
  const publisher = createPublisher({ pool: publishing.pool, queue, log: platform.log, clock: platform.clock, region });
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const app = buildOrderApp({
    http: await platform.http('order'),
    region,
    db: database.db,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    publisher,
    log: platform.log,
    readiness,
  });
  const url = await listen(app, 'order', host, config.ORDER_PORT);
  return {
    name: 'order',
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
