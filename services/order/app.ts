import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerCarts } from './carts/routes.ts';
import { registerCheckout } from './checkout/routes.ts';
import { registerCreditNotes } from './credit-notes/routes.ts';
import type { OrderDeps } from './deps.ts';
import { registerFulfilment } from './fulfilment/routes.ts';
import { registerInvoices } from './invoices/routes.ts';
import { registerOrders } from './orders/routes.ts';
import { registerCallbacks } from './payments/callbacks.ts';
import { registerPayments } from './payments/routes.ts';
import { registerRefunds } from './refunds/routes.ts';
import { registerReturns } from './returns/routes.ts';
import { registerSales } from './sales/routes.ts';
import { registerShortClosures } from './short-closures/routes.ts';
import { registerSweep } from './sweep/routes.ts';

/** The order service's HTTP app; it does not listen. */
export function buildOrderApp(deps: OrderDeps): App {
  const app = createHttpApp({ name: 'order', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
  registerCarts(app, deps);
  registerCheckout(app, deps);
  registerOrders(app, deps);
  registerPayments(app, deps);
  registerCallbacks(app, deps);
  registerFulfilment(app, deps);
  registerShortClosures(app, deps);
  registerReturns(app, deps);
  registerRefunds(app, deps);
  registerInvoices(app, deps);
  registerCreditNotes(app, deps);
  registerSales(app, deps);
  registerSweep(app, deps);
  return app;
}
