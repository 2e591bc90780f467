import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { openAlibabaCredentialClient } from '../alibaba-credentials.ts';
import { alibabaRpc } from '../alibaba-rpc.ts';
import { systemClock, type Clock } from '../clock.ts';
import { dysmsNumber } from './dysms-number.ts';
import { SmsNotTaken, type SmsSender } from './sms.ts';
import { NO_CREDENTIALS, untilTaken } from './taken.ts';

const SendSmsAnswer = Type.Object({
  statusCode: Type.Optional(Type.Number()),
  body: Type.Object({ Code: Type.String(), BizId: Type.Optional(Type.String()) }),
});

/**
 * Text messages over Alibaba Cloud's Short Message Service (SendSms, API 2017-05-25), which takes approved templates alone: `templates` has the vendor's code of each of
 * ours. A refusal is an answer like any other, with status 200 and a code that is not `OK`.
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
  const credential = openAlibabaCredentialClient(options.credentialsUri);
  const call = alibabaRpc({ endpoint: options.endpoint, action: 'SendSms', version: '2017-05-25', credential });
  const sendOnce = async (query: Record<string, string>): Promise<string | undefined> => {
    // Read by themselves first, and kept by the client: that they are missing is no word of the vendor's.
    await credential.getCredential().catch(() => {
      throw new SmsNotTaken(NO_CREDENTIALS, undefined);
    });
    const answer: unknown = await call(query);
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
