import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { openAlibabaCredentialClient, type AlibabaCredentials } from '../alibaba-credentials.ts';
import { alibabaRpc } from '../alibaba-rpc.ts';
import type { Clock } from '../clock.ts';
import { openMnsQueue } from '../queue/mns.ts';
import type { CountedQueue } from '../queue/queue.ts';

const Token = Type.Object({
  AccessKeyId: Type.String({ minLength: 1 }),
  AccessKeySecret: Type.String({ minLength: 1 }),
  SecurityToken: Type.String({ minLength: 1 }),
  /** By a clock in Beijing. */
  ExpireTime: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$' }),
});
const TokenAnswer = Type.Object({ body: Type.Object({ MessageTokenDTO: Token }) });

/** As the vendor's own clients do. */
const EARLY_MS = 120_000;

export interface DysmsReportQueueOptions {
  readonly queueName: string;
  /** Of the vendor's MNS account. */
  readonly mnsEndpoint: string;
  /** Of its API that lets others into it. */
  readonly tokenEndpoint: string;
  readonly credentialsUri?: string | undefined;
}

/**
 * The queue in which Dysms puts its SmsReports: it is in the vendor's MNS account and not in one's own, and is read with a token that its API gives for an hour or so.
 * https://help.aliyun.com/en/sms/developer-reference/smsreport
 */
export function openDysmsReportQueue(options: DysmsReportQueueOptions, clock: Clock): CountedQueue {
  const credential = openAlibabaCredentialClient(options.credentialsUri);
  const ask = alibabaRpc({ endpoint: options.tokenEndpoint, action: 'QueryTokenForMnsQueue', version: '2017-05-25', credential });
  let held: { readonly credentials: AlibabaCredentials; readonly endsAt: number } | undefined;
  let underWay: Promise<AlibabaCredentials> | undefined;
  const renew = async (): Promise<AlibabaCredentials> => {
    const answer = await ask({ MessageType: 'SmsReport', QueueName: options.queueName });
    if (!Value.Check(TokenAnswer, answer)) throw new Error('the vendor gave no token for its queue of reports');
    const { AccessKeyId, AccessKeySecret, SecurityToken, ExpireTime } = answer.body.MessageTokenDTO;
    const credentials = { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, securityToken: SecurityToken };
    held = { credentials, endsAt: Date.parse(`${ExpireTime.replace(' ', 'T')}+08:00`) - EARLY_MS };
    return credentials;
  };
  return openMnsQueue({
    endpoint: options.mnsEndpoint,
    queueName: options.queueName,
    clock,
    credentials: async () => {
      if (held !== undefined && clock.now() < held.endsAt) return held.credentials;
      underWay ??= renew().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  });
}
