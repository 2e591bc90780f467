import { describe, expect, it } from 'vitest';
import { codeMail } from '#auth/codes/mail.ts';
import { codeIn, isFrom } from './otp.ts';

describe('the mail of the auth service', () => {
  it.each(['world', 'china'] as const)('brings a code, and says that it is for %s', (region) => {
    const { text } = codeMail('01234567', 600, region);
    expect(codeIn(text)).toBe('01234567');
    expect(['world', 'china'].filter((candidate) => isFrom(text, candidate))).toEqual([region]);
  });

  it('is read as it is on the way, too: with the line ends of mail', () => {
    const text = codeMail('01234567', 600, 'china').text.replaceAll('\n', '\r\n');
    expect([codeIn(text), isFrom(text, 'china')]).toEqual(['01234567', true]);
  });

  it('is of no region where only its prose has the name of one', () => {
    expect(isFrom('Your code for madeinworld is\n\n01234567\n', 'world')).toBe(false);
  });
});
