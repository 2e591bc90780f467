import type { Region } from '#contracts/regions.ts';
import { type Language, languageOfRegion } from '#contracts/user.ts';

import type { CodeToTell } from '../codes/message.ts';
import type { Message } from '../messages/send.ts';

const codeTexts: Readonly<Record<Language, (code: string, minutes: string) => string>> = {
  en: (code, minutes) =>
    `${code} is the code to add this number to an account of madeinworld. It works once, within ${minutes} minutes. Tell it to nobody.`,
  zh: (code, minutes) => `验证码：${code}，用于将此号码绑定到 madeinworld 账户，${minutes} 分钟内有效，请勿告诉他人。`,
};

/** What brings a code that proves a new address or number. It says so: nobody shall be talked into giving it away as one to sign in with, or the other way round. */
export function contactMessage({ code, lifetimeSeconds, region, language = languageOfRegion[region] }: CodeToTell): Message {
  const minutes = String(Math.round(lifetimeSeconds / 60));
  return {
    mail: {
      subject: 'Confirm your mail address',
      text: `The code to add this address to an account of madeinworld is\n\n${code}\n\nRegion: ${region}\n\nIt works once, within ${minutes} minutes. If you did not ask for it, ignore this mail.\n`,
    },
    sms: { text: codeTexts[language](code, minutes), template: `contact-code.${language}`, parameters: { code, minutes } },
  };
}

const noticeTexts: Readonly<Record<Language, string>> = {
  en: 'The mail address or telephone number of your account at madeinworld has changed. If that was not you, get in touch with us at once.',
  zh: '您的 madeinworld 账户的邮箱或手机号码已变更。如非本人操作，请立即联系我们。',
};

/** What tells the contacts that an account had before that they have changed. It names no contact: who reads the old ones may be somebody else by now. */
export function contactNotice(region: Region): Message {
  const language = languageOfRegion[region];
  const text = noticeTexts[language];
  return {
    mail: { subject: 'Your account has changed', text: `${text}\n\nRegion: ${region}\n` },
    sms: { text, template: `contact-changed.${language}`, parameters: {} },
  };
}
