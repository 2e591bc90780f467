import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerCarts } from './carts/routes.ts';
import type { OrderDeps } from './deps.ts';

/** The order service's HTTP app; it does not listen. */
export function buildOrderApp(deps: OrderDeps): App {
  const app = createHttpApp({ name: 'order', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
  registerCarts(app, deps);
  return app;
}
