import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';
import { ConfigError } from '#platform/errors.ts';
import { MailConfig } from '#platform/open-mailer.ts';
import { SmsConfig } from '#platform/sms/open.ts';

import type { RelyingParty } from './passkeys/webauthn.ts';

const AuthConfig = Type.Object({
  ...SmsConfig.properties,
  ...MailConfig.properties,
  AUTH_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Codes that one mailbox is sent in ten minutes, and besides for each device that has signed in there (five times as many in all); more are answered alike and not sent. */
  AUTH_CODES_PER_ADDRESS: Type.Integer({ minimum: 1, default: 20 }),
  /** The same of text messages to one number; they cost money, and strangers make them cost more. */
  AUTH_CODES_PER_PHONE: Type.Integer({ minimum: 1, default: 5 }),
  /** Text messages with codes to one number in a day, and as many again for all devices together that have signed in there. */
  AUTH_CODES_PER_PHONE_A_DAY: Type.Integer({ minimum: 1, default: 20 }),
  /** Text messages with codes that one client address may have sent in ten minutes, to whatever numbers. */
  AUTH_TEXTS_PER_CLIENT: Type.Integer({ minimum: 1, default: 30 }),
  /** Codes and exchanges that one client address may ask for in ten minutes. */
  AUTH_REQUESTS_PER_CLIENT: Type.Integer({ minimum: 1, default: 300 }),
  /** The same of one device that says which it is. */
  AUTH_REQUESTS_PER_DEVICE: Type.Integer({ minimum: 1, default: 100 }),
  /** Browsers take a Secure cookie from https, and from http://127.0.0.1 too. */
  AUTH_COOKIE_SECURE: Type.Boolean({ default: true }),
  /** Whether a role of staff counts without a second factor. `optional` is for a twin, whose staff are scripts. */
  AUTH_STAFF_SECOND_FACTOR: Type.Union([Type.Literal('required'), Type.Literal('optional')], { default: 'required' }),
  /** The domain that passkeys are for (WebAuthn's RP ID), and the origins of its pages, by commas. Without them there are no passkeys. */
  AUTH_PASSKEY_RP_ID: Type.Optional(Type.String({ pattern: '^[a-z0-9.-]+$' })),
  AUTH_PASSKEY_ORIGINS: Type.Optional(Type.String({ pattern: '^https?://[^,/ ]+(,https?://[^,/ ]+)*$' })),
});
export type AuthConfig = Static<typeof AuthConfig>;

/** Throws ConfigError. */
export const readAuthConfig = (env: Environment): AuthConfig => readConfig(AuthConfig, env);

/** Whose passkeys are taken; undefined where none are. Throws ConfigError where one of the two is missing. */
export function relyingPartyIn({ AUTH_PASSKEY_RP_ID: rpId, AUTH_PASSKEY_ORIGINS: origins }: AuthConfig): RelyingParty | undefined {
  if (rpId === undefined && origins === undefined) return undefined;
  if (rpId === undefined || origins === undefined) throw new ConfigError(['AUTH_PASSKEY_RP_ID and AUTH_PASSKEY_ORIGINS go together']);
  return { rpId, origins: origins.split(',') };
}
