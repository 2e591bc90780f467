import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerAddresses } from './addresses/routes.ts';
import { registerConsents } from './consents/routes.ts';
import type { UserDeps } from './deps.ts';
import { registerLink } from './link/routes.ts';
import { registerPersonalData } from './personal-data/routes.ts';
import { registerProfile } from './profile/routes.ts';

/** The user service's HTTP app; it does not listen. */
export function buildUserApp(deps: UserDeps): App {
  const app = createHttpApp({ name: 'user', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
  // Whatever is answered here is about somebody: no cache between keeps it (RFC 9111, section 5.2.2.5).
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request) => {
    if (request.routeOptions.config.operation !== undefined) deps.nudge?.();
  });
  registerProfile(app, deps);
  registerAddresses(app, deps);
  registerConsents(app, deps);
  registerLink(app, deps);
  registerPersonalData(app, deps);
  return app;
}
