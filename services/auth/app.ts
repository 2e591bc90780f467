import cookie from '@fastify/cookie';

import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerCodes } from './codes/routes.ts';
import { registerContacts } from './contacts/routes.ts';
import { registerAccounts } from './accounts/routes.ts';
import type { AuthDeps } from './deps.ts';
import { registerEvents } from './events/routes.ts';
import { registerFactors } from './factors/routes.ts';
import { signingKeyReader } from './jwks/keys.ts';
import { registerJwks } from './jwks/routes.ts';
import { registerPasskeys } from './passkeys/routes.ts';
import { registerSecondFactor } from './second-factor/routes.ts';
import { registerSessions } from './sessions/routes.ts';
import { createSignInFigures } from './tokens/figures.ts';
import { registerTokens } from './tokens/routes.ts';

/** The auth service's HTTP app; it does not listen. */
export async function buildAuthApp(deps: AuthDeps): Promise<App> {
  const app = createHttpApp({
    name: 'auth',
    log: deps.log,
    readiness: deps.readiness,
    routes: deps,
    ...deps.http,
    bodyLimitBytes: 16 * 1024,
  });
  await app.register(cookie);
  registerCodes(app, deps);
  const signing = { ...deps, signingKey: signingKeyReader(deps), figures: createSignInFigures(deps.http?.telemetry?.metrics) };
  registerTokens(app, signing);
  registerSecondFactor(app, signing);
  registerPasskeys(app, signing);
  registerFactors(app, deps);
  registerContacts(app, deps);
  registerAccounts(app, deps);
  registerSessions(app, deps);
  registerEvents(app, deps);
  registerJwks(app, deps);
  return app;
}
