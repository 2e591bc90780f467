import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import type { NotificationDeps } from './deps.ts';

/** The notification service's HTTP app; it does not listen. */
export function buildNotificationApp(deps: NotificationDeps): App {
  return createHttpApp({ name: 'notification', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
}
