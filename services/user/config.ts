import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';

const UserConfig = Type.Object({
  USER_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where the region's auth service publishes its keys. */
  AUTH_URL: Type.String({ pattern: '^https?://' }),
});
export type UserConfig = Static<typeof UserConfig>;

/** Throws ConfigError. */
export const readUserConfig = (env: Environment): UserConfig => readConfig(UserConfig, env);
