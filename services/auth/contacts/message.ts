import type { Region } from '#contracts/regions.ts';
import { type Language, languageOfRegion } from '#contracts/user.ts';

import { codeMail, signInWords } from '../codes/mail.ts';
import type { CodeToTell } from '../codes/message.ts';
import type { Message } from '../messages/send.ts';

const codeTexts: Readonly<Record<Language, (code: string, minutes: string) => string>> = {
  en: (code, minutes) =>
    `${code} is the code to add this number to an account of madeinworld. It works once, within ${minutes} minutes. Tell it to nobody.`,
  zh: (code, minutes) => `验证码：${code}，用于将此号码绑定到 madeinworld 账户，${minutes} 分钟内有效，请勿告诉他人。`,
};

const contactWords: typeof signInWords = {
  en: { ...signInWords.en, subject: 'Confirm your mail address', what: 'The code to add this address to an account of madeinworld is' },
  zh: { ...signInWords.zh, subject: '请确认您的邮箱地址', what: '将此邮箱绑定到 madeinworld 账户的验证码是' },
};

/** What brings a code that proves a new address or number. It says so: nobody shall be talked into giving it away as one to sign in with, or the other way round. */
export function contactMessage({ code, lifetimeSeconds, region, language = languageOfRegion[region] }: CodeToTell): Message {
  const minutes = String(Math.round(lifetimeSeconds / 60));
  return {
    mail: codeMail(contactWords, { code, minutes, region, language }),
    sms: { text: codeTexts[language](code, minutes), template: `contact-code.${language}`, parameters: { code, minutes } },
  };
}

const noticeTexts: Readonly<Record<Language, string>> = {
  en: 'The mail address or telephone number of your account at madeinworld has changed. If that was not you, get in touch with us at once.',
  zh: '您的 madeinworld 账户的邮箱或手机号码已变更。如非本人操作，请立即联系我们。',
};

const noticeSubjects: Readonly<Record<Language, string>> = { en: 'Your account has changed', zh: '您的账户信息已变更' };

/** What tells the contacts that an account had before that they have changed. It names no contact: who reads the old ones may be somebody else by now. */
export function contactNotice(region: Region): Message {
  const language = languageOfRegion[region];
  const text = noticeTexts[language];
  return {
    mail: { subject: noticeSubjects[language], text: `${text}\n\nRegion: ${region}\n` },
    sms: { text, template: `contact-changed.${language}`, parameters: {} },
  };
}
