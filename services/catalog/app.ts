import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerCategories } from './categories/routes.ts';
import type { CatalogDeps } from './deps.ts';
import { registerMedia } from './media/routes.ts';
import { registerPrices } from './prices/routes.ts';
import { registerExport } from './export/routes.ts';
import { registerImport } from './import/routes.ts';
import { registerBulk } from './products/bulk-routes.ts';
import { registerProducts } from './products/routes.ts';
import { registerPublication } from './publication/routes.ts';
import { registerStores } from './stores/routes.ts';
import { registerTranslations } from './translations/routes.ts';
import { registerVariants } from './variants/routes.ts';

/** The catalogue service's HTTP app; it does not listen. */
export function buildCatalogApp(deps: CatalogDeps): App {
  const app = createHttpApp({ name: 'catalog', log: deps.log, readiness: deps.readiness, routes: deps, ...deps.http });
  registerProducts(app, deps);
  registerBulk(app, deps);
  registerPublication(app, deps);
  registerTranslations(app, deps);
  registerPrices(app, deps);
  registerVariants(app, deps);
  registerMedia(app, deps);
  registerImport(app, deps);
  registerExport(app, deps);
  registerCategories(app, deps);
  registerStores(app, deps);
  return app;
}
