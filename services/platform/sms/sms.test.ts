import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { Clock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { parseCountries } from './countries.ts';
import { openDysmsSender } from './dysms.ts';
import { dysmsNumber, e164Of } from './dysms-number.ts';
import { openSms, SmsConfig } from './open.ts';
import type { Sms } from './sms.ts';
import { openSnsSender } from './sns.ts';
import { smsNotTaken } from './taken.ts';

/** A vendor that answers as it is told; its requests are counted. */
let answers: { status: number; body: string }[] = [];
let asked = 0;
const vendor = createServer((request, response) => {
  asked += 1;
  request.resume();
  const answer = answers.shift() ?? answers.at(-1);
  if (answer === undefined) request.socket.destroy();
  else
    response.writeHead(answer.status, { 'content-type': answer.body.startsWith('<') ? 'text/xml' : 'application/json' }).end(answer.body);
});
let url = '';
beforeAll(async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  for (const [name, value] of Object.entries({ AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'b' })) vi.stubEnv(name, value);
  for (const name of ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET']) vi.stubEnv(name, 'x');
  vendor.listen(0, '127.0.0.1');
  await once(vendor, 'listening');
  const address: AddressInfo | string | null = vendor.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vendor.closeAllConnections();
  await new Promise((resolve) => vendor.close(resolve));
});

const sms: Sms = { to: '+8613800138000', text: 'x', template: 'a.zh', parameters: {} };
const error = (code: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>+8613800138000</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
const vendors = {
  sns: {
    open: (clock: Clock) => openSnsSender({ endpoint: url }, clock),
    taken: { status: 200, body: '<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>' },
    throttled: { status: 400, body: error('Throttling') },
    broken: { status: 500, body: error('InternalError') },
  },
  dysms: {
    open: (clock: Clock) => openDysmsSender({ endpoint: url, signName: 's', templates: new Map([['a.zh', 'SMS_1']]) }, clock),
    taken: { status: 200, body: '{"Code":"OK","BizId":"m-1"}' },
    throttled: { status: 400, body: '{"Code":"Throttling.User","Message":"+8613800138000"}' },
    broken: { status: 503, body: '{"Code":"ServiceUnavailable","Message":"+8613800138000"}' },
  },
} as const;

it.each(['sns', 'dysms'] as const)('%s is asked again where it was busy, and never where it may have taken the message', async (name) => {
  const { open, taken, throttled, broken } = vendors[name];
  const waits: number[] = [];
  const sender = open({ now: Date.now, wait: async (delayMs) => void waits.push(delayMs) });
  const asks = async (...told: (typeof answers)[number][]): Promise<{ asked: number; came: unknown }> => {
    [asked, answers] = [0, told];
    const came = await sender.send(sms).catch((thrown: unknown) => thrown);
    return { asked, came };
  };
  expect(await asks(throttled, throttled, taken)).toEqual({ asked: 3, came: { providerMessageId: 'm-1' } });
  expect(waits).toHaveLength(2);
  expect(await asks(throttled, throttled, throttled, taken)).toMatchObject({ asked: 3, came: { name: 'SmsNotTaken', status: 400 } });
  expect(await asks(broken, taken)).toMatchObject({ asked: 1, came: { name: 'SmsNotTaken', status: broken.status } });
  expect(await asks()).toMatchObject({ asked: 1, came: { name: 'SmsNotTaken' } });
  sender.close();
});

it('dysms is asked once the credentials are there, which are asked for again where they were not', async () => {
  const key = { AccessKeyId: 'A', AccessKeySecret: 'b', SecurityToken: 'c', Expiration: '2099-01-01T00:00:00Z', Code: 'Success' };
  const away = { status: 500, body: '{}' };
  const options = { endpoint: url, signName: 's', templates: new Map([['a.zh', 'SMS_1']]), credentialsUri: `${url}/credentials` };
  const clock: Clock = { now: Date.now, wait: async () => undefined };
  [asked, answers] = [0, [away, away, { status: 200, body: JSON.stringify(key) }, vendors.dysms.taken]];
  expect(await openDysmsSender(options, clock).send(sms)).toEqual({ providerMessageId: 'm-1' });
  expect(asked).toBe(4);
  [asked, answers] = [0, [away, away, away, vendors.dysms.taken]];
  await expect(openDysmsSender(options, clock).send(sms)).rejects.toMatchObject({ name: 'SmsNotTaken', code: 'credentials_unavailable' });
});

it('what a vendor says of an error is told by letters alone, so no number gets out', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), fc.stringMatching(/^\+?\d{7,15}$/), (odd, words, number) => {
      for (const thrown of [odd, Object.assign(new Error(number), { code: `${words}${number}`, name: number }), { code: number }]) {
        const { message, code } = smsNotTaken(thrown);
        expect(`${message}${code}`).not.toContain(number);
      }
    }),
  );
});

it('a number is written for Dysms so that no other one is meant by it', () => {
  const numbers = fc.oneof(fc.stringMatching(/^\+[1-9]\d{6,14}$/), fc.stringMatching(/^\+(86|1|861|86861)\d{9,10}$/));
  fc.assert(
    fc.property(numbers, (number) => {
      const written = dysmsNumber(number);
      if (written === undefined) expect(number).toMatch(/^\+1[3-9]/);
      else expect(e164Of(written)).toBe(number);
    }),
    { numRuns: 2_000 },
  );
  expect(dysmsNumber('+8613800138000')).toBe('13800138000');
  expect(e164Of('13800138000')).toBe('+8613800138000');
  expect(e164Of('447700900123')).toBe('+447700900123');
});

it('countries are calling codes, of which one wrong one spoils all', () => {
  expect(parseCountries(' 86, 44 ,,1212')).toEqual(['86', '44', '1212']);
  expect(parseCountries('')).toEqual([]);
  for (const text of ['+86', '86,', '0', '8a', '86;44', '*']) {
    expect(parseCountries(text), text).toEqual(text === '86,' ? ['86'] : undefined);
  }
});

it('without a provider there are no text messages, and a half configuration is refused', () => {
  const open = (env: Record<string, string>) => openSms(readConfig(SmsConfig, env));
  const templates = { SMS_TEMPLATES: '{"a.zh":"SMS_1"}' };
  expect(open({})).toBeUndefined();
  expect(open({ SMS_PROVIDER: 'sns' })).toBeDefined();
  expect(open({ SMS_PROVIDER: 'dysms', SMS_SIGN_NAME: '商店', ...templates })).toBeDefined();
  expect(() => open({ SMS_PROVIDER: 'pigeon' })).toThrow('SMS_PROVIDER');
  expect(() => open({ SMS_PROVIDER: 'sns', SMS_COUNTRIES: 'all' })).toThrow('SMS_COUNTRIES');
  expect(() => open({ SMS_PROVIDER: 'sns', SMS_SIGN_NAME: 'made in world' })).toThrow('SMS_SIGN_NAME');
  expect(() => open({ SMS_PROVIDER: 'dysms', ...templates })).toThrow('SMS_SIGN_NAME is missing');
  expect(() => open({ SMS_PROVIDER: 'dysms', SMS_SIGN_NAME: 's' })).toThrow('SMS_TEMPLATES is missing');
  for (const text of ['{x', '[]', '{"a.zh":1}', 'null']) {
    expect(() => open({ SMS_PROVIDER: 'dysms', SMS_SIGN_NAME: 's', SMS_TEMPLATES: text })).toThrow('SMS_TEMPLATES must be');
  }
});
