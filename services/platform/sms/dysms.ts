import openapiModule, { $OpenApiUtil } from '@alicloud/openapi-core';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { openAlibabaCredentialClient } from '../alibaba-credentials.ts';
import { systemClock, type Clock } from '../clock.ts';
import { SmsNotTaken, type SmsSender } from './sms.ts';
import { NO_CREDENTIALS, untilTaken } from './taken.ts';

// CommonJS with an `__esModule` default: Node hands it to an ES module one level deeper, other loaders (the tests') do not.
const OpenApiClient = 'default' in openapiModule ? openapiModule.default : openapiModule;

const SendSmsAnswer = Type.Object({
  statusCode: Type.Optional(Type.Number()),
  body: Type.Object({ Code: Type.String(), BizId: Type.Optional(Type.String()) }),
});

/**
 * The number as Dysms wants it: mainland ones by themselves, others with their calling code and no plus sign. Undefined where that would be another's mainland number,
 * as `13105550100` is of +1 310 555 0100. Pure.
 */
export function dysmsNumber(e164: string): string | undefined {
  const digits = e164.slice(1);
  const mainland = /^1[3-9]\d{9}$/;
  if (digits.startsWith('86') && mainland.test(digits.slice(2))) return digits.slice(2);
  return mainland.test(digits) ? undefined : digits;
}

/**
 * Text messages over Alibaba Cloud's Short Message Service (SendSms, API 2017-05-25), which takes approved templates alone: `templates` has the vendor's code of each of
 * ours. A refusal is an answer like any other, with status 200 and a code that is not `OK`. `endpoint` is an URL; its scheme picks the protocol.
 * https://www.alibabacloud.com/help/en/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
 */
export function openDysmsSender(
  options: {
    readonly endpoint: string;
    readonly signName: string;
    readonly templates: ReadonlyMap<string, string>;
    readonly credentialsUri?: string | undefined;
  },
  clock: Clock = systemClock,
): SmsSender {
  const { host, protocol } = new URL(options.endpoint);
  const credential = openAlibabaCredentialClient(options.credentialsUri);
  const client = new OpenApiClient(
    new $OpenApiUtil.Config({
      credential,
      endpoint: host,
      protocol: protocol.slice(0, -1),
      // The vendor's HTTP client ends whatever is idle for so long, also while it reads.
      connectTimeout: 5_000,
      readTimeout: 5_000,
    }),
  );
  const params = new $OpenApiUtil.Params({
    action: 'SendSms',
    version: '2017-05-25',
    protocol: 'HTTPS',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const sendOnce = async (query: Record<string, string>): Promise<string | undefined> => {
    // Read by themselves first, and kept by the client: that they are missing is no word of the vendor's.
    await credential.getCredential().catch(() => {
      throw new SmsNotTaken(NO_CREDENTIALS, undefined);
    });
    const answer: unknown = await client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), { toMap: () => ({}) });
    if (!Value.Check(SendSmsAnswer, answer)) throw new SmsNotTaken('answer_unknown', undefined);
    const { statusCode, body } = answer;
    // Through the same filter as what is thrown: a code is a code here, too.
    if (body.Code !== 'OK') throw Object.assign(new Error('refused'), { code: body.Code, statusCode });
    return body.BizId;
  };
  return {
    async send(sms) {
      const code = options.templates.get(sms.template);
      if (code === undefined) throw new SmsNotTaken('template_unknown', undefined);
      const number = dysmsNumber(sms.to);
      if (number === undefined) throw new SmsNotTaken('number_ambiguous', undefined);
      const query = {
        PhoneNumbers: number,
        SignName: options.signName,
        TemplateCode: code,
        TemplateParam: JSON.stringify(sms.parameters),
      };
      return { providerMessageId: (await untilTaken(() => sendOnce(query), clock)) ?? null };
    },
    close: () => undefined,
  };
}
