import { expect, it } from 'vitest';
import { signInMessage } from '#auth/codes/message.ts';
import { contactMessage, contactNotice } from '#auth/contacts/message.ts';
import { templates } from '#notification/templates/index.ts';
import { accountTextMessage, textMessage } from '#notification/templates/text-message.ts';
import { smsSignName, smsTemplates } from './sms.ts';

const approved = new Map(smsTemplates.map(({ name, content }) => [name, content]));

it('what Dysms has approved is what the services say, word by word', () => {
  const said = templates.flatMap((template) =>
    (['en', 'zh'] as const).flatMap((language) => {
      const message =
        template.about === 'link' ? accountTextMessage(template, language) : textMessage(template, language, { number: 'W-2026-100001' });
      return message === null ? [] : [message];
    }),
  );
  const told = { code: '01234567', lifetimeSeconds: 600, region: 'china' } as const;
  const ofAuth = (['en', 'zh'] as const).flatMap((language) => [
    signInMessage({ ...told, language }),
    contactMessage({ ...told, language }),
  ]);
  said.push(...[...ofAuth, contactNotice('china')].map(({ sms }) => sms));
  expect(new Set(said.map(({ template }) => template))).toEqual(new Set(approved.keys()));
  for (const { template, text, parameters } of said) {
    const content = approved.get(template);
    expect(
      content?.replace(/\$\{(\w+)\}/g, (_, name: string) => parameters[name] ?? ''),
      template,
    ).toBe(text);
  }
});

it('each template has a code of its own', () => {
  expect(new Set(smsTemplates.map(({ code }) => code)).size).toBe(smsTemplates.length);
  for (const { code } of smsTemplates) expect(code).toMatch(/^SMS_\d{9}$/);
});

it('the name in front is one to both vendors: SNS takes eleven letters and digits', () => {
  expect(smsSignName).toMatch(/^[A-Za-z0-9]{1,11}$/);
});
