import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';

const CatalogConfig = Type.Object({
  CATALOG_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where the region's auth service publishes its keys. */
  AUTH_URL: Type.String({ pattern: '^https?://' }),
});
export type CatalogConfig = Static<typeof CatalogConfig>;

/** Throws ConfigError. */
export const readCatalogConfig = (env: Environment): CatalogConfig => readConfig(CatalogConfig, env);
