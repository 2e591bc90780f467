import { Type } from 'typebox';

import type { Secrets } from '#platform/secrets/index.ts';

const DigestKey = Type.Object({ key: Type.String({ minLength: 40 }) });
const Webhook = Type.Object({ secret: Type.String({ minLength: 32 }) });

/** What notification keeps in the region's secret store; read through the platform's short-term cache. */
export interface NotificationSecrets {
  /** The key of the digests of suppressed addresses. A new one forgets who was suppressed: it is not rotated. */
  digestKey(): Promise<Buffer>;
  /** Signs what the mail provider tells. */
  webhookSecret(): Promise<string>;
}

export function notificationSecretsFrom(secrets: Secrets): NotificationSecrets {
  return {
    digestKey: async () => Buffer.from((await secrets.json('madeinworld/notification/digest-key', DigestKey)).key, 'base64'),
    webhookSecret: async () => (await secrets.json('madeinworld/notification/webhook', Webhook)).secret,
  };
}
