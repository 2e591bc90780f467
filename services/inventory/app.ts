import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import type { InventoryDeps } from './deps.ts';

/** The inventory service's HTTP app; it does not listen. */
export function buildInventoryApp(deps: InventoryDeps): App {
  return createHttpApp({ name: 'inventory', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
}
