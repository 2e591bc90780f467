import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '#platform/config.ts';
import { MailConfig } from '#platform/open-mailer.ts';
import { SmsConfig } from '#platform/sms/open.ts';

import { ReportConfig } from './reports/config.ts';

const NotificationConfig = Type.Object({
  ...SmsConfig.properties,
  ...MailConfig.properties,
  NOTIFICATION_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 0 }),
  /** Where the region's auth service publishes its keys. */
  AUTH_URL: Type.String({ pattern: '^https?://' }),
  ...ReportConfig.properties,
});
export type NotificationConfig = Static<typeof NotificationConfig>;

/** Throws ConfigError. */
export const readNotificationConfig = (env: Environment): NotificationConfig => readConfig(NotificationConfig, env);
