import { describe, expect, it } from 'vitest';
import { signInMessage } from '#auth/codes/message.ts';
import { codeIn, codeInText, isFrom, originOf } from './otp.ts';

const mailOf = (region: 'world' | 'china') => signInMessage({ code: '01234567', lifetimeSeconds: 600, region }).mail.text;

describe('the mail of the auth service', () => {
  it.each(['world', 'china'] as const)('brings a code, and says that it is for %s', (region) => {
    const text = mailOf(region);
    expect(codeIn(text)).toBe('01234567');
    expect(['world', 'china'].filter((candidate) => isFrom({ text }, candidate))).toEqual([region]);
  });

  it('is read as it is on the way, too: with the line ends of mail', () => {
    const text = mailOf('china').replaceAll('\n', '\r\n');
    expect([codeIn(text), isFrom({ text }, 'china')]).toEqual(['01234567', true]);
  });

  it('is of no region where only its prose has the name of one', () => {
    expect(isFrom({ text: 'Your code for madeinworld is\n\n01234567\n' }, 'world')).toBe(false);
  });
});

describe('a text message', () => {
  it('brings a code, wherever it stands in it', () => {
    expect(codeInText('01234567 is your code to sign in. It works once, within 10 minutes.')).toBe('01234567');
    expect(codeInText('【madeinworld】登录验证码：01234567，10 分钟内有效，请勿告诉他人。')).toBe('01234567');
  });

  it('brings none where the digits are of something else', () => {
    for (const text of ['order W-2026-12345678 is on its way', '13800138000', '1234567', 'x12345678'])
      expect(codeInText(text), text).toBeUndefined();
  });

  it('is of the region whose vendor has sent it', () => {
    const told = (vendor: 'sns' | 'dysms') => ['world', 'china'].filter((region) => isFrom({ text: 'Region: world', vendor }, region));
    expect([told('sns'), told('dysms')]).toEqual([['world'], ['china']]);
  });
});

describe('where a code came from', () => {
  it.each([
    ['world', 12_300, 'from world, 12 s ago'],
    ['china', 60_000, 'from china, 1 min ago'],
    ['china', 61_000, 'from china, 1 min 1 s ago: an old one. A code works once; if this one was used, ask for a new one.'],
    ['world', 660_000, 'from world, 11 min ago: it has expired. Ask for a new one.'],
    [undefined, 0, 'from a region that it does not name, 1 s ago'],
  ])('%s, after %i ms', (region, ageMs, said) => {
    expect(originOf(region, ageMs)).toBe(said);
  });
});
