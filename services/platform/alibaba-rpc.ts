import openapiModule, { $OpenApiUtil } from '@alicloud/openapi-core';

import type { AlibabaCredentialClient } from './alibaba-credentials.ts';

// CommonJS with an `__esModule` default: Node hands it to an ES module one level deeper, other loaders (the tests') do not.
const OpenApiClient = 'default' in openapiModule ? openapiModule.default : openapiModule;

/** The vendor's HTTP client ends whatever is idle for as long as it may connect, also while it reads: so both are one time. */
const IDLE_MS = 5_000;

/**
 * One action of one of Alibaba Cloud's RPC APIs, by the vendor's own client: asked with the parameters of a call, it answers what the vendor says, with its body as JSON.
 * `endpoint` is an URL; its scheme picks the protocol. Rejects with the vendor's errors, tries nothing twice.
 */
export function alibabaRpc(options: {
  readonly endpoint: string;
  readonly action: string;
  readonly version: string;
  readonly credential: AlibabaCredentialClient;
}): (query: Readonly<Record<string, string>>) => Promise<unknown> {
  const { host, protocol } = new URL(options.endpoint);
  const client = new OpenApiClient(
    new $OpenApiUtil.Config({
      credential: options.credential,
      endpoint: host,
      protocol: protocol.slice(0, -1),
      connectTimeout: IDLE_MS,
      readTimeout: IDLE_MS,
    }),
  );
  const params = new $OpenApiUtil.Params({
    action: options.action,
    version: options.version,
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  return (query) => client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), { toMap: () => ({}) });
}
