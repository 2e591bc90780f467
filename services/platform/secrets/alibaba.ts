import { ClientError } from '@alicloud/openapi-core';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { openAlibabaCredentialClient } from '../alibaba-credentials.ts';
import { alibabaRpc } from '../alibaba-rpc.ts';
import { backoffMs, systemClock, type Clock } from '../clock.ts';
import type { SecretStore } from './store.ts';

const ATTEMPTS = 3;

const GetSecretValueAnswer = Type.Object({ body: Type.Object({ SecretData: Type.String(), SecretDataType: Type.Literal('text') }) });

/**
 * Secrets of Alibaba Cloud KMS (GetSecretValue, API 2016-01-20, current stage). `endpoint` is an URL; its scheme picks the protocol.
 * https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-getsecretvalue
 */
export function openAlibabaSecretStore(
  options: { readonly endpoint: string; readonly credentialsUri?: string | undefined },
  clock: Clock = systemClock,
): SecretStore {
  const call = alibabaRpc({
    endpoint: options.endpoint,
    action: 'GetSecretValue',
    version: '2016-01-20',
    credential: openAlibabaCredentialClient(options.credentialsUri),
  });
  const read = async (name: string): Promise<string> => {
    const answer = await call({ SecretName: name, VersionStage: 'ACSCurrent' });
    if (!Value.Check(GetSecretValueAnswer, answer)) throw new Error(`KMS answered secret ${name} in an unknown shape`);
    return answer.body.SecretData;
  };
  return {
    async get(name) {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await read(name);
        } catch (error) {
          // A ClientError (4xx other than throttling) stays the same however often it is asked.
          if (error instanceof ClientError || attempt + 1 >= ATTEMPTS) throw error;
          await clock.wait(backoffMs(attempt, 100, 1_000));
        }
      }
    },
    close: () => undefined,
  };
}
