import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AwsError } from '../secretsmanager/errors.ts';
import { createNumberLimits } from './number-limits.ts';
import { readPublish } from './publish.ts';
import { numberOf, readSendSms } from './send-sms.ts';
import { errorXml } from './sns-xml.ts';

const numbers = fc.stringMatching(/^\+[1-9]\d{6,14}$/);
const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).map((text) => text.toWellFormed());

describe('Publish', () => {
  it('is read as it was written, whatever stands in it and however many attributes come', () => {
    const attributes = fc.dictionary(fc.stringMatching(/^[a-z.]{1,20}$/), texts, { maxKeys: 4 });
    fc.assert(
      fc.property(numbers, texts, attributes, fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,10}$/), (to, text, others, senderId) => {
        const form = new URLSearchParams({ PhoneNumber: to, Message: text });
        const all = [...Object.entries(others), ['AWS.SNS.SMS.SenderID', senderId], ['AWS.SNS.SMS.SMSType', 'Promotional']];
        for (const [index, [name = '', value = '']] of all.entries()) {
          form.set(`MessageAttributes.entry.${index + 1}.Name`, name);
          form.set(`MessageAttributes.entry.${index + 1}.Value.StringValue`, value);
        }
        expect(readPublish(new URLSearchParams(form.toString()))).toEqual({ to, text, senderId });
      }),
    );
  });

  it('of anything at all is read or refused as SNS refuses', () => {
    const name = fc.constantFrom(
      'PhoneNumber',
      'Message',
      'TopicArn',
      'MessageAttributes.entry.1.Name',
      'MessageAttributes.entry.1.Value.StringValue',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.oneof(texts, numbers)), { maxLength: 6 }), (pairs) => {
        try {
          const { to, text } = readPublish(new URLSearchParams(pairs));
          expect([to, text.length > 0]).toEqual([expect.stringMatching(/^\+\d+$/), true]);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
    );
  });

  it('errors are XML, whatever they quote', () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';') })), (quoted) => {
        const [, message = '<'] = /<Message>(.*)<\/Message>/s.exec(errorXml('InvalidParameter', quoted, 'Sender', 'r')) ?? [];
        expect(message).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|apos);)/);
      }),
    );
  });
});

describe('SendSms', () => {
  const approved = { signName: 's', templates: new Map([['SMS_1', '码${code}，${code}，${x}']]) };
  const send = (more: Record<string, string>) =>
    readSendSms(new Map(Object.entries({ PhoneNumbers: '13800138000', SignName: 's', TemplateCode: 'SMS_1', ...more })), approved);

  it('puts parameters where they belong, and nothing of them is taken for a template', () => {
    const hostile = fc.oneof(texts, fc.constantFrom('${code}', '${x}', '$&', '$1', '"', '__proto__'));
    fc.assert(
      fc.property(hostile, hostile, (code, x) => {
        expect(send({ TemplateParam: JSON.stringify({ code, x }) })).toEqual({
          to: '+8613800138000',
          text: `【s】码${code}，${code}，${x}`,
        });
      }),
    );
  });

  it('refuses as the vendor does', () => {
    const codeOf = (more: Record<string, string>) => Object.getOwnPropertyDescriptor(send(more), 'code')?.value;
    expect(codeOf({ PhoneNumbers: '' })).toBe('isv.INVALID_PARAMETERS');
    expect(codeOf({ PhoneNumbers: '13800138000,13800138001' })).toBe('isv.MOBILE_NUMBER_ILLEGAL');
    expect(codeOf({ SignName: 'another' })).toBe('isv.SMS_SIGNATURE_ILLEGAL');
    expect(codeOf({ TemplateCode: 'SMS_2' })).toBe('isv.SMS_TEMPLATE_ILLEGAL');
    for (const TemplateParam of ['{', '[]', '{"code":{}}', 'null'])
      expect(codeOf({ TemplateParam }), TemplateParam).toBe('isv.INVALID_JSON_PARAM');
    for (const TemplateParam of ['', '{"code":"1"}'])
      expect(codeOf({ TemplateParam }), TemplateParam).toBe('isv.TEMPLATE_MISSING_PARAMETERS');
  });

  it('knows a mainland number with and without its calling code, and others with it', () => {
    for (const text of ['13800138000', '+13800138000', '8613800138000', '+8613800138000', '008613800138000'])
      expect(numberOf(text), text).toBe('+8613800138000');
    expect(numberOf('85261234567')).toBe('+85261234567');
    for (const text of ['', '138001', '861012345678', '+85261234567', 'x', '138001380001234567'])
      expect(numberOf(text), text).toBeUndefined();
  });
});

it('the limits of a number are one a minute, five an hour and ten a day', () => {
  const limits = createNumberLimits();
  const minutes = (count: number): number => count * 60_000;
  expect(limits.take('+861', 0)).toBeUndefined();
  expect(limits.take('+861', minutes(1) - 1)).toBe('触发分钟级流控Permits:1');
  expect(limits.take('+862', 1)).toBeUndefined();
  for (let count = 1; count < 5; count += 1) expect(limits.take('+861', minutes(count))).toBeUndefined();
  expect(limits.take('+861', minutes(10))).toBe('触发小时级流控Permits:5');
  for (let count = 0; count < 5; count += 1) expect(limits.take('+861', minutes(70 + count))).toBeUndefined();
  expect(limits.take('+861', minutes(200))).toBe('触发天级流控Permits:10');
  expect(limits.take('+861', minutes(24 * 60))).toBeUndefined();
});
