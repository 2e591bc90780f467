import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerAlerts } from './alerts/routes.ts';
import { registerAvailability } from './availability/routes.ts';
import { registerCounts } from './counts/routes.ts';
import type { InventoryDeps } from './deps.ts';
import { registerMovements } from './movements/routes.ts';
import { registerReceipts } from './receipts/routes.ts';
import { registerReservations } from './reservations/routes.ts';
import { registerSettings } from './settings/routes.ts';
import { registerStock } from './stock/routes.ts';
import { registerTransfers } from './transfers/routes.ts';

/** The inventory service's HTTP app; it does not listen. */
export function buildInventoryApp(deps: InventoryDeps): App {
  const app = createHttpApp({ name: 'inventory', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
  registerAvailability(app, deps);
  registerStock(app, deps);
  registerAlerts(app, deps);
  registerSettings(app, deps);
  registerReceipts(app, deps);
  registerTransfers(app, deps);
  registerCounts(app, deps);
  registerMovements(app, deps);
  registerReservations(app, deps);
  return app;
}
