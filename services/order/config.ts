import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';

const OrderConfig = Type.Object({
  ORDER_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where the region's auth service publishes its keys. */
  AUTH_URL: Type.String({ pattern: '^https?://' }),
  /** The payment provider. */
  PAYMENT_URL: Type.String({ pattern: '^https?://' }),
  /** How much one client without an account may have waiting for its payment at once: orders, and units in them. Many may share an address. 0 is no bound. */
  PENDING_ORDERS_PER_CLIENT: Type.Integer({ minimum: 0, default: 20 }),
  PENDING_UNITS_PER_CLIENT: Type.Integer({ minimum: 0, default: 1_000 }),
  /** The same of one account. */
  PENDING_ORDERS_PER_ACCOUNT: Type.Integer({ minimum: 0, default: 10 }),
  PENDING_UNITS_PER_ACCOUNT: Type.Integer({ minimum: 0, default: 10_000 }),
});
export type OrderConfig = Static<typeof OrderConfig>;

/** Throws ConfigError. */
export const readOrderConfig = (env: Environment): OrderConfig => readConfig(OrderConfig, env);
