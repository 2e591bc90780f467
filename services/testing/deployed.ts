import type { StandIn } from './stand-in.ts';

/** Secrets as a cloud keeps them: each a text. Pure. */
export const secretTexts = (secrets: Readonly<Record<string, object>>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, JSON.stringify(value)]));

/** The environment of a service that is deployed in China: its login comes from KMS, and none stands in the address of the database `url`. */
export function chinaEnvironment(url: string, cloud: StandIn): Record<string, string> {
  const databaseUrl = new URL(url);
  databaseUrl.username = '';
  databaseUrl.password = '';
  const kmsUrl = cloud.urlOf('china:secrets');
  return {
    REGION: 'china',
    LOG_LEVEL: 'silent',
    DATABASE_URL: databaseUrl.href,
    SECRETS_PROVIDER: 'alibaba',
    KMS_ENDPOINT: kmsUrl,
    ALIBABA_CLOUD_CREDENTIALS_URI: `${kmsUrl}/credentials`,
  };
}
