import { createAccess } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';

import { buildNotificationApp } from './app.ts';
import { readNotificationConfig } from './config.ts';

/** Starts the notification service and announces its address. */
export async function startNotification(platform: Platform): Promise<RunningService> {
  const config = readNotificationConfig(platform.env);
  const { REGION: region, LISTEN_HOST: host } = platform.config;
  const database = await platform.database<Record<string, never>>('notification');
  const readiness: Readiness = { draining: false, checks: { postgres: database.ping } };
  const app = buildNotificationApp({
    http: await platform.http('notification'),
    db: database.db,
    access: createAccess({ region, authUrl: config.AUTH_URL }),
    log: platform.log,
    readiness,
  });
  const url = await listen(app, 'notification', host, config.NOTIFICATION_PORT);
  return {
    name: 'notification',
    url,
    readiness,
    async drain() {
      await app.close();
      await database.close();
    },
  };
}
