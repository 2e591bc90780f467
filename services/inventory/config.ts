import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';

const InventoryConfig = Type.Object({
  INVENTORY_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where the region's auth service publishes its keys. */
  AUTH_URL: Type.String({ pattern: '^https?://' }),
});
export type InventoryConfig = Static<typeof InventoryConfig>;

/** Throws ConfigError. */
export const readInventoryConfig = (env: Environment): InventoryConfig => readConfig(InventoryConfig, env);
