import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import type { NotificationDeps } from './deps.ts';
import { registerNotices } from './notices/routes.ts';
import { registerBounces } from './suppressions/bounce-routes.ts';
import { registerSuppressions } from './suppressions/routes.ts';
import { registerTemplates } from './templates/routes.ts';

/** The notification service's HTTP app; it does not listen. */
export function buildNotificationApp(deps: NotificationDeps): App {
  const app = createHttpApp({ name: 'notification', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
  registerNotices(app, deps);
  registerTemplates(app, deps);
  registerBounces(app, deps);
  registerSuppressions(app, deps);
  return app;
}
