import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';

const AuthConfig = Type.Object({
  AUTH_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  MAIL_URL: Type.String({ pattern: '^smtps?://' }),
  MAIL_FROM: Type.String({ minLength: 3 }),
  /** Codes that one mail address is sent in ten minutes; more are answered alike and not sent. */
  AUTH_CODES_PER_ADDRESS: Type.Integer({ minimum: 1, default: 20 }),
  /** Codes and exchanges that one client address may ask for in ten minutes. */
  AUTH_REQUESTS_PER_CLIENT: Type.Integer({ minimum: 1, default: 300 }),
  /** Browsers take a Secure cookie from https, and from http://127.0.0.1 too. */
  AUTH_COOKIE_SECURE: Type.Boolean({ default: true }),
});
export type AuthConfig = Static<typeof AuthConfig>;

/** Throws ConfigError. */
export const readAuthConfig = (env: Environment): AuthConfig => readConfig(AuthConfig, env);
