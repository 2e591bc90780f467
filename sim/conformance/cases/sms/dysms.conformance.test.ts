import { expect } from 'vitest';

import { sms } from '../../behaviours/sms.ts';
import { signName, startSms, type SmsTarget } from '../../components/sms.ts';
import { conformance } from '../../frame/conformance.ts';
import { call, clientWith } from '../kms/alibaba-client.ts';
import { freshNumber, textsTo, withSettings } from './messages.ts';

const { target, shows, refuses } = conformance(sms, startSms);

const VERSION = '2017-05-25';

/** SendSms by the vendor's own client. */
function send(query: Record<string, string>, key: Partial<SmsTarget['accessKey']> = {}): Promise<unknown> {
  const { dysmsUrl, accessKey } = target();
  const all = { SignName: signName, TemplateCode: 'SMS_1001', TemplateParam: '{"number":"C-1","count":2}', ...query };
  return call(clientWith(dysmsUrl, { ...accessKey, ...key }), 'SendSms', all, VERSION);
}

/** The number as it is written in China. */
const short = (number: string): string => number.slice(3);
const answered = (body: object) => ({ statusCode: 200, body: { RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/), ...body } });
const taken = answered({ Code: 'OK', Message: 'OK', BizId: expect.stringMatching(/^\d+\^0$/) });
const refused = (Code: string) => answered({ Code, Message: expect.any(String) });

shows('dysms-send', async () => {
  const to = freshNumber();
  expect(await send({ PhoneNumbers: short(to) })).toMatchObject(taken);
  const odd = JSON.stringify({ number: '"${count}" & 二', count: '1' });
  await send({ PhoneNumbers: short(to), TemplateParam: odd });
  await send({ PhoneNumbers: short(to), TemplateCode: 'SMS_1002', TemplateParam: '' });
  expect((await textsTo(target(), to)).map(({ text }) => text)).toEqual([
    '【madeinworld】Hello',
    '【madeinworld】您的订单"${count}" & 二已发货，共1件。',
    '【madeinworld】您的订单C-1已发货，共2件。',
  ]);
  expect(await textsTo(target(), to)).toContainEqual(expect.objectContaining({ from: signName, to: [to], vendor: 'dysms' }));
});

shows('dysms-numbers', async () => {
  const to = freshNumber();
  for (const PhoneNumbers of [short(to), to, `86${short(to)}`, `0086${short(to)}`])
    expect(await send({ PhoneNumbers }), PhoneNumbers).toMatchObject(taken);
  expect(await textsTo(target(), to)).toHaveLength(4);
  const abroad = `852${short(to)}`;
  expect(await send({ PhoneNumbers: abroad })).toMatchObject(taken);
  expect(await textsTo(target(), `+${abroad}`)).toHaveLength(1);
});

shows('dysms-refusals', async () => {
  const PhoneNumbers = short(freshNumber());
  for (const number of ['12345', '861012345678', 'x'])
    expect(await send({ PhoneNumbers: number }), number).toMatchObject(refused('isv.MOBILE_NUMBER_ILLEGAL'));
  expect(await send({ PhoneNumbers, SignName: 'another' })).toMatchObject(refused('isv.SMS_SIGNATURE_ILLEGAL'));
  expect(await send({ PhoneNumbers, TemplateCode: 'SMS_9' })).toMatchObject(refused('isv.SMS_TEMPLATE_ILLEGAL'));
  expect(await send({ PhoneNumbers, TemplateParam: '{"number":"C-1"}' })).toMatchObject(refused('isv.TEMPLATE_MISSING_PARAMETERS'));
  expect(await send({ PhoneNumbers, TemplateParam: '{' })).toMatchObject(refused('isv.INVALID_JSON_PARAM'));
  expect(await textsTo(target(), `+86${PhoneNumbers}`)).toEqual([]);
});

shows('dysms-signature', async () => {
  const PhoneNumbers = short(freshNumber());
  const stranger = send({ PhoneNumbers }, { accessKeyId: 'STRANGER' });
  await expect(stranger).rejects.toMatchObject({ code: 'InvalidAccessKeyId.NotFound', statusCode: 404 });
  const wrong = send({ PhoneNumbers }, { secretAccessKey: 'wrong' });
  await expect(wrong).rejects.toMatchObject({ code: 'SignatureDoesNotMatch', statusCode: 400 });
  expect(await textsTo(target(), `+86${PhoneNumbers}`)).toEqual([]);
});

shows('dysms-limits', async () => {
  const to = freshNumber();
  const PhoneNumbers = short(to);
  await send({ PhoneNumbers });
  await withSettings(target(), { dysmsLimits: true }, async () => {
    // What came before is not counted: nothing counted then.
    expect(await send({ PhoneNumbers })).toMatchObject(taken);
    const broken = { Code: 'isv.BUSINESS_LIMIT_CONTROL', Message: '触发分钟级流控Permits:1' };
    expect(await send({ PhoneNumbers })).toMatchObject(answered(broken));
    expect(await send({ PhoneNumbers: short(freshNumber()) })).toMatchObject(taken);
    expect(await send({ PhoneNumbers: short(freshNumber()), TemplateCode: 'SMS_1002' })).toMatchObject(taken);
  });
  expect(await textsTo(target(), to)).toHaveLength(2);
});

refuses('dysms-batch', async () => {
  const { dysmsUrl, accessKey } = target();
  expect(await send({ PhoneNumbers: '13800138000,13800138001' })).toMatchObject(refused('isv.MOBILE_NUMBER_ILLEGAL'));
  for (const action of ['SendBatchSms', 'QuerySendDetails', 'AddSmsTemplate']) {
    const asked = call(clientWith(dysmsUrl, accessKey), action, {}, VERSION);
    await expect(asked, action).rejects.toMatchObject({ code: 'InvalidAction.NotFound', statusCode: 404 });
  }
});
