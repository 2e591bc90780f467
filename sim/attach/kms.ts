import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { readCredentials } from '../supervisor/secrets.ts';
import type { TwinPaths } from '../supervisor/state.ts';

const Answer = Type.Object({ body: Type.Object({ SecretData: Type.String() }) });
const Refusal = Type.Object({ code: Type.String() });

/**
 * The current value of a secret in an attached KMS; undefined where it has none of that name. GetSecretValue, API 2016-01-20:
 * https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-getsecretvalue
 */
export async function readKmsSecret(paths: TwinPaths, url: string, name: string): Promise<string | undefined> {
  const { accessKeyId, secretAccessKey: accessKeySecret, sessionToken: securityToken = '' } = readCredentials(paths, 'china');
  const { host: endpoint, protocol } = new URL(url);
  // Of no use where nothing is attached, and 80 ms to load.
  const { default: openapiModule, $OpenApiUtil } = await import('@alicloud/openapi-core');
  // CommonJS with an `__esModule` default: Node hands it to an ES module one level deeper, other loaders (the tests') do not.
  const OpenApiClient = 'default' in openapiModule ? openapiModule.default : openapiModule;
  const client = new OpenApiClient(
    new $OpenApiUtil.Config({
      accessKeyId,
      accessKeySecret,
      securityToken,
      endpoint,
      protocol: protocol.slice(0, -1),
      readTimeout: 10_000,
    }),
  );
  const how = { protocol: 'HTTPS', pathname: '/', method: 'POST', authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json' };
  const params = new $OpenApiUtil.Params({ action: 'GetSecretValue', version: '2016-01-20', ...how });
  const request = new $OpenApiUtil.OpenApiRequest({ query: { SecretName: name, VersionStage: 'ACSCurrent' } });
  try {
    return Value.Parse(Answer, await client.callApi(params, request, { toMap: () => ({}) })).body.SecretData;
  } catch (error) {
    if (Value.Check(Refusal, error) && error.code.startsWith('Forbidden.ResourceNotFound')) return undefined;
    throw error;
  }
}
