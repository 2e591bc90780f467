import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';

const OrderConfig = Type.Object({
  ORDER_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where the region's auth service publishes its keys. */
  AUTH_URL: Type.String({ pattern: '^https?://' }),
});
export type OrderConfig = Static<typeof OrderConfig>;

/** Throws ConfigError. */
export const readOrderConfig = (env: Environment): OrderConfig => readConfig(OrderConfig, env);
