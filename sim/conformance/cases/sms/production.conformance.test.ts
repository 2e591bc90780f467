import { expect, vi } from 'vitest';

import { readConfig } from '#platform/config.ts';
import { openSms, SmsConfig } from '#platform/sms/open.ts';
import { sms } from '../../behaviours/sms.ts';
import { startSms } from '../../components/sms.ts';
import { conformance } from '../../frame/conformance.ts';
import { freshNumber, textsTo } from './messages.ts';

const { target, shows } = conformance(sms, startSms);

const bought = { template: 'order.zh', parameters: { number: 'C-1', count: '2' }, text: '您的订单C-1已发货，共2件。' };

shows('production-client', async () => {
  const { snsUrl, dysmsUrl, region, accessKey } = target();
  const environment = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKey.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKey.secretAccessKey,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const ours = { SMS_COUNTRIES: '86', SMS_SIGN_NAME: 'madeinworld', AWS_ENDPOINT_URL_SNS: snsUrl, DYSMS_ENDPOINT: dysmsUrl };
  try {
    for (const [provider, text, refusal] of [
      ['sns', bought.text, { code: 'InvalidParameterException', status: 400 }],
      ['dysms', `【madeinworld】${bought.text}`, { code: 'isv.MOBILE_NUMBER_ILLEGAL', status: 200 }],
    ] as const) {
      const sender = openSms(readConfig(SmsConfig, { ...ours, SMS_PROVIDER: provider, SMS_TEMPLATES: '{"order.zh":"SMS_1001"}' }));
      const to = freshNumber();
      expect(await sender?.send({ ...bought, to })).toEqual({ providerMessageId: expect.stringMatching(/^[0-9a-f^-]{15,}$/) });
      expect(await textsTo(target(), to)).toMatchObject([{ from: 'madeinworld', to: [to], text }]);
      // A landline is no number to Dysms, and an empty text none to SNS.
      await expect(sender?.send({ ...bought, text: '', to: '+861012345678' }), provider).rejects.toMatchObject({
        name: 'SmsNotTaken',
        ...refusal,
      });
      sender?.close();
    }
  } finally {
    vi.unstubAllEnvs();
  }
});
