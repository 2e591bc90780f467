import { describe, expect, it } from 'vitest';

import { contactMessage, contactNotice } from '../contacts/message.ts';
import { signInMessage } from './message.ts';

const told = { code: '01234567', lifetimeSeconds: 600 };
const han = /\p{Script=Han}/u;

describe.each([signInMessage, contactMessage])('%o', (message) => {
  it("is in the region's language, unless another was asked for", () => {
    for (const [region, language] of [
      ['world', 'en'],
      ['china', 'zh'],
    ] as const) {
      const other = language === 'en' ? 'zh' : 'en';
      for (const { subject, text } of [message({ ...told, region }).mail, message({ ...told, region, language }).mail]) {
        expect([han.test(subject), han.test(text)]).toEqual([language === 'zh', language === 'zh']);
      }
      expect(han.test(message({ ...told, region, language: other }).mail.text)).toBe(other === 'zh');
    }
  });

  it.each(['en', 'zh'] as const)('has its code on a line of its own, and its region, in %s', (language) => {
    const { subject, text } = message({ ...told, region: 'china', language }).mail;
    expect(text.split('\n')).toEqual(expect.arrayContaining(['01234567', 'Region: china']));
    expect(text).toContain('10');
    expect(subject).not.toContain('01234567');
  });
});

it('tells of a contact that has changed in the language of the region', () => {
  expect([contactNotice('world').mail.subject, contactNotice('china').mail.subject].map((subject) => han.test(subject))).toEqual([
    false,
    true,
  ]);
});
