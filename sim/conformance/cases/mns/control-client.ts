import { createRequire } from 'node:module';

import type OpenApi from '@alicloud/openapi-core';

// CommonJS with a default export of its own, which importers see differently; `require` shows it as it is.
const { default: OpenApiClient, $OpenApiUtil }: typeof OpenApi = createRequire(import.meta.url)('@alicloud/openapi-core');

export interface ControlTarget {
  readonly url: string;
  readonly accessKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const RPC = { protocol: 'HTTPS', pathname: '/', method: 'POST', authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json' };

/**
 * Calls MNS's control plane with the client that all of the vendor's OpenAPI SDKs are made of, as they call it: an object is written as JSON.
 * Promises the answer's body; rejects with the vendor's error, which has `code` and `statusCode`.
 */
export async function callControl(
  { url, accessKey }: ControlTarget,
  action: string,
  parameters: Readonly<Record<string, string | number | boolean | object>>,
): Promise<unknown> {
  const client = new OpenApiClient(
    new $OpenApiUtil.Config({
      accessKeyId: accessKey.accessKeyId,
      accessKeySecret: accessKey.secretAccessKey,
      // By another name than the data plane's, so that their clients share no socket: this one leaves a read timer on it, which later ends a
      // poll of the other.
      endpoint: `localhost:${new URL(url).port}`,
      protocol: 'http',
    }),
  );
  const query = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
  const params = new $OpenApiUtil.Params({ action, version: '2022-01-19', ...RPC });
  const answer = await client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), { toMap: () => ({}) });
  return answer['body'];
}
