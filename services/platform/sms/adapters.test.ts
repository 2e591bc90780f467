import { randomInt } from 'node:crypto';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startSmsSink, type SmsSink } from '../../testing/sms-sink.ts';
import { readConfig } from '../config.ts';
import { openSms, SmsConfig } from './open.ts';
import type { Sms, SmsSender } from './sms.ts';

const templates = { SMS_1001: '您的订单${number}已发货。', SMS_1002: 'without parameters' };
const codes = { 'order-shipped.zh': 'SMS_1001', 'order-lost.zh': 'SMS_9' };

let sink: SmsSink;
beforeAll(async () => {
  sink = await startSmsSink(templates);
  for (const [name, value] of Object.entries(sink.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await sink.stop();
});

const providers = { world: 'sns', china: 'dysms' } as const;
function open(region: keyof typeof providers, more: Record<string, string> = {}): SmsSender {
  const sender = openSms(
    readConfig(SmsConfig, {
      ...sink.environment,
      SMS_PROVIDER: providers[region],
      SMS_COUNTRIES: '86,44,1,852',
      SMS_SIGN_NAME: 'madeinworld',
      SMS_TEMPLATES: JSON.stringify(codes),
      ...more,
    }),
  );
  if (sender === undefined) throw new Error('there is no sender');
  return sender;
}

const mainland = (): string => `+86138${randomInt(1e7, 1e8)}`;
const shipped = (to: string, more: Partial<Sms> = {}): Sms => ({
  to,
  text: '您的订单C-1已发货。',
  template: 'order-shipped.zh',
  parameters: { number: 'C-1' },
  ...more,
});
/** What is thrown, and whether anything in it shows the number. */
async function refusalOf(sending: Promise<unknown>, { to }: Sms): Promise<unknown> {
  const error: unknown = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(to.replace(/^\+(86)?/, ''));
  return error;
}

describe('SNS', () => {
  it('takes a text, with a sender and as a transaction', async () => {
    const sender = open('world');
    const to = mainland();
    const sent = await sender.send(shipped(to, { text: 'Your order is on its way: 100 % & <fine> +1 🏮' }));
    sender.close();
    expect(sent.providerMessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await sink.textsTo(to)).toMatchObject([
      { from: 'madeinworld', to: [to], text: 'Your order is on its way: 100 % & <fine> +1 🏮', vendor: 'sns' },
    ]);
  });

  it('says by its code alone why it takes none', async () => {
    const sender = open('world');
    const empty = shipped(mainland(), { text: '' });
    expect(await refusalOf(sender.send(empty), empty)).toMatchObject({
      name: 'SmsNotTaken',
      code: 'InvalidParameterException',
      status: 400,
    });
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    const stranger = open('world');
    const sms = shipped(mainland());
    expect(await refusalOf(stranger.send(sms), sms)).toMatchObject({ code: 'SignatureDoesNotMatch', status: 403 });
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', sink.environment['AWS_SECRET_ACCESS_KEY']);
    const away = open('world', { AWS_ENDPOINT_URL_SNS: 'http://127.0.0.1:1' });
    expect(await refusalOf(away.send(sms), sms)).toMatchObject({ name: 'SmsNotTaken', code: 'ECONNREFUSED', status: undefined });
    for (const each of [sender, stranger, away]) each.close();
    expect(await sink.textsTo(sms.to)).toEqual([]);
  });

  it('takes what is for a number that has opted out, and delivers nothing', async () => {
    const sender = open('world');
    const to = '+14155550123';
    await sink.settings({ dysmsLimits: false, optedOut: [to] });
    expect((await sender.send(shipped(to))).providerMessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await sink.textsTo(to)).toEqual([]);
    await sink.settings({ dysmsLimits: false, optedOut: [] });
    await sender.send(shipped(to));
    sender.close();
    expect(await sink.textsTo(to)).toHaveLength(1);
  });
});

describe('Dysms', () => {
  it('makes the text of its template, signed', async () => {
    const sender = open('china');
    const to = mainland();
    const abroad = '+85261234567';
    expect((await sender.send(shipped(to))).providerMessageId).toMatch(/^\d+\^0$/);
    await sender.send(shipped(abroad, { parameters: { number: '"${x}" & 二' } }));
    expect(await sink.textsTo(to)).toMatchObject([{ to: [to], text: '【madeinworld】您的订单C-1已发货。', vendor: 'dysms' }]);
    expect(await sink.textsTo(abroad)).toMatchObject([{ to: [abroad], text: '【madeinworld】您的订单"${x}" & 二已发货。' }]);
  });

  it('says by its code alone why it takes none, with status 200', async () => {
    const sender = open('china');
    const sms = shipped(mainland());
    const refused = (code: string) => expect.objectContaining({ name: 'SmsNotTaken', code });
    const landline = shipped('+861012345678');
    expect(await refusalOf(sender.send(landline), landline)).toEqual(refused('isv.MOBILE_NUMBER_ILLEGAL'));
    expect(await refusalOf(sender.send({ ...sms, template: 'order-lost.zh' }), sms)).toEqual(refused('isv.SMS_TEMPLATE_ILLEGAL'));
    expect(await refusalOf(sender.send({ ...sms, parameters: {} }), sms)).toEqual(refused('isv.TEMPLATE_MISSING_PARAMETERS'));
    expect(await refusalOf(sender.send({ ...sms, template: 'none.zh' }), sms)).toEqual(refused('template_unknown'));
    const other = open('china', { SMS_SIGN_NAME: 'another' });
    expect(await refusalOf(other.send(sms), sms)).toEqual(refused('isv.SMS_SIGNATURE_ILLEGAL'));
    const away = open('china', { DYSMS_ENDPOINT: 'http://127.0.0.1:1' });
    expect(await refusalOf(away.send(sms), sms)).toEqual(refused('ECONNREFUSED'));
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'wrong');
    expect(await refusalOf(open('china').send(sms), sms)).toMatchObject({ code: 'SignatureDoesNotMatch', status: 400 });
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', sink.environment['ALIBABA_CLOUD_ACCESS_KEY_SECRET']);
    expect(await sink.textsTo(sms.to)).toEqual([]);
  });

  it('never takes a number of America for one of the mainland', async () => {
    const sms = shipped('+13105550100');
    expect(await refusalOf(open('china').send(sms), sms)).toMatchObject({ code: 'number_ambiguous' });
    expect(await sink.textsTo('+8613105550100')).toEqual([]);
  });

  it('takes one message a minute for a number, where its limits are on', async () => {
    await sink.settings({ dysmsLimits: true, optedOut: [] });
    const sender = open('china');
    const sms = shipped(mainland());
    await sender.send(sms);
    expect(await refusalOf(sender.send(sms), sms)).toMatchObject({ code: 'isv.BUSINESS_LIMIT_CONTROL', status: 200 });
    await sender.send(shipped(mainland()));
    await sink.settings({ dysmsLimits: false, optedOut: [] });
    await sender.send(sms);
    expect(await sink.textsTo(sms.to)).toHaveLength(2);
  });
});

it.each(['world', 'china'] as const)('in %s the vendor is not asked for other countries, nor for what is no number', async (region) => {
  const sender = open(region, { SMS_COUNTRIES: '86, 1212' });
  for (const to of ['+447700900123', '+12025550123', '+8500000000']) {
    const sms = shipped(to);
    expect(await refusalOf(sender.send(sms), sms)).toMatchObject({ code: 'country_not_allowed', status: undefined });
    expect(await sink.textsTo(to)).toEqual([]);
  }
  for (const to of ['13800138000', '+86 138', '+0123456789', '+8613800138000,+8613800138001']) {
    await expect(sender.send(shipped(to))).rejects.toMatchObject({ code: 'number_malformed' });
  }
  const nobody = open(region, { SMS_COUNTRIES: '' });
  await expect(nobody.send(shipped(mainland()))).rejects.toMatchObject({ code: 'country_not_allowed' });
  for (const each of [sender, nobody]) each.close();
});
