import { Type, type Static } from 'typebox';

import { Region } from '#contracts/regions.ts';
import { readConfig, type Environment } from '#platform/config.ts';

const SandboxConfig = Type.Object({
  REGION: Region,
  LISTEN_HOST: Type.String({ default: '127.0.0.1' }),
  LOG_LEVEL: Type.String({ default: 'info' }),
  PAYMENT_SANDBOX_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where what was paid and paid back is kept over restarts; in memory alone without. */
  PAYMENT_SANDBOX_LEDGER_FILE: Type.Optional(Type.String({ minLength: 1 })),
  /** Where callbacks go: the order service's, through the region's front. */
  PAYMENT_CALLBACK_URL: Type.String({ pattern: '^https?://' }),
});
export type SandboxConfig = Static<typeof SandboxConfig>;

/** Throws ConfigError. */
export const readSandboxConfig = (env: Environment): SandboxConfig => readConfig(SandboxConfig, env);
