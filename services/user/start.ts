import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { openPublisher } from '#platform/open-publisher.ts';

import { buildUserApp } from './app.ts';
import { readUserConfig } from './config.ts';
import { createDueErasures } from './personal-data/due.ts';
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
  const http = await platform.http('user');
  const shared = { region, db: database.db, holders, publisher, log: platform.log };
  const dueErasures = createDueErasures(shared);
  const app = buildUserApp({
    ...shared,
    http,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    clock: platform.clock,
    nudge: dueErasures.nudge,
    readiness,
  });
  // What crossed while no process of this service was there.
  dueErasures.nudge();
  const url = await listen(app, 'user', host, config.USER_PORT);
  return {
    name: 'user',
    url,
    readiness,
    async drain() {
      await app.close();
      await dueErasures.drain();
      await publisher.drain();
      await database.close();
    },
  };
}
