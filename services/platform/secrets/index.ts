import { Type, type Static } from 'typebox';

import type { Clock } from '../clock.ts';
import { readConfig, type Environment } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { cacheSecrets, type Secrets } from './cache.ts';
import type { SecretStore } from './store.ts';

export type { Secrets } from './cache.ts';

/** The AWS SDK reads what it needs besides (AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER, credentials) from the environment by itself. */
const SecretsConfig = Type.Object({
  SECRETS_PROVIDER: Type.Union([Type.Literal('aws'), Type.Literal('alibaba')]),
  KMS_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  ALIBABA_CLOUD_CREDENTIALS_URI: Type.Optional(Type.String({ pattern: '^https?://' })),
});

/** The secrets of the provider that `env` names, behind a short-term cache. Throws ConfigError; asks nothing before the first read. */
export function createSecrets(options: { env: Environment; log: Logger; clock: Clock }): Secrets {
  const config = readConfig(SecretsConfig, options.env);
  if (config.SECRETS_PROVIDER === 'alibaba' && config.KMS_ENDPOINT === undefined) throw new ConfigError(['KMS_ENDPOINT is missing']);
  let opening: Promise<SecretStore> | undefined;
  const store = (): Promise<SecretStore> => (opening ??= openStore(config));
  return cacheSecrets(
    {
      get: async (name) => (await store()).get(name),
      // A store that could not be opened has nothing to close; its error went to whoever read.
      close: () => void opening?.then((opened) => opened.close()).catch(() => undefined),
    },
    options,
  );
}

/** Loads only the SDK that is used: each costs 60-170 ms of start-up. */
async function openStore(config: Static<typeof SecretsConfig>): Promise<SecretStore> {
  if (config.SECRETS_PROVIDER === 'aws') {
    const { openAwsSecretStore } = await import('./aws.ts');
    return openAwsSecretStore();
  }
  const { openAlibabaSecretStore } = await import('./alibaba.ts');
  return openAlibabaSecretStore({ endpoint: config.KMS_ENDPOINT ?? '', credentialsUri: config.ALIBABA_CLOUD_CREDENTIALS_URI });
}
