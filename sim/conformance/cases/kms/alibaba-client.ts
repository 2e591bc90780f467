import { createRequire } from 'node:module';

import type Credentials from '@alicloud/credentials';
import type OpenApi from '@alicloud/openapi-core';

// Both are CommonJS with a default export of their own, which importers see differently; `require` shows it as it is.
const require = createRequire(import.meta.url);
const { default: OpenApiClient, $OpenApiUtil }: typeof OpenApi = require('@alicloud/openapi-core');
const { default: CredentialClient, Config }: typeof Credentials = require('@alicloud/credentials');

export type AlibabaClient = InstanceType<typeof OpenApiClient>;

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Alibaba's own client, with a key pair. */
export function clientWith(url: string, key: Key): AlibabaClient {
  const own = { accessKeyId: key.accessKeyId, accessKeySecret: key.secretAccessKey };
  return new OpenApiClient(new $OpenApiUtil.Config({ ...own, endpoint: new URL(url).host, protocol: 'http' }));
}

/** Alibaba's own client for credentials. */
export const credentialsAt = (uri: string): InstanceType<typeof CredentialClient> =>
  new CredentialClient(new Config({ type: 'credentials_uri', credentialsURI: uri }));

/** Alibaba's own client, which fetches its credentials. */
export function clientOf(url: string, credential: InstanceType<typeof CredentialClient>): AlibabaClient {
  return new OpenApiClient(new $OpenApiUtil.Config({ credential, endpoint: new URL(url).host, protocol: 'http' }));
}

/** Calls an action of KMS 2016-01-20, or of another API. */
export function call(client: AlibabaClient, action: string, query: Record<string, string>, version = '2016-01-20'): Promise<unknown> {
  const params = new $OpenApiUtil.Params({
    action,
    version,
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  return client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), { toMap: () => ({}) });
}

export const read = (client: AlibabaClient, SecretName: string, more: Record<string, string> = {}): Promise<unknown> =>
  call(client, 'GetSecretValue', { SecretName, ...more });
