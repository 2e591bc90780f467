import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import type { UserDeps } from './deps.ts';

/** The user service's HTTP app; it does not listen. */
export function buildUserApp(deps: UserDeps): App {
  return createHttpApp({ name: 'user', ...deps, routes: deps });
}
