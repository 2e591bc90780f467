import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import type { SecretStore } from './store.ts';

/**
 * AWS Secrets Manager. Region, endpoint and credentials come from the SDK's own chain (AWS_REGION, AWS_ENDPOINT_URL_SECRETS_MANAGER, the
 * container's credentials) where they are not given.
 */
export function openAwsSecretStore(options: { readonly region?: string; readonly endpoint?: string } = {}): SecretStore {
  const client = new SecretsManagerClient({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  return {
    async get(name) {
      const answer = await client.send(new GetSecretValueCommand({ SecretId: name }));
      if (answer.SecretString === undefined) throw new Error(`secret ${name} is binary; text was expected`);
      return answer.SecretString;
    },
    close: () => client.destroy(),
  };
}
