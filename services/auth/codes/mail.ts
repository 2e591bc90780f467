import type { Region } from '#contracts/regions.ts';
import type { Language } from '#contracts/user.ts';

export interface CodeMail {
  readonly code: string;
  readonly minutes: string;
  readonly region: Region;
  readonly language: Language;
}

interface Words {
  readonly subject: string;
  readonly what: string;
  readonly once: (minutes: string) => string;
}

/** The words of mails that bring a code to sign in with. */
export const signInWords: Readonly<Record<Language, Words>> = {
  en: {
    subject: 'Your sign-in code',
    what: 'Your code for madeinworld is',
    once: (minutes) => `It works once, within ${minutes} minutes. If you did not ask for it, ignore this mail.`,
  },
  zh: {
    subject: '您的登录验证码',
    what: '您的 madeinworld 登录验证码是',
    once: (minutes) => `验证码 ${minutes} 分钟内有效，仅可使用一次。如非本人操作，请忽略此邮件。`,
  },
};

/**
 * A mail that brings a code. The code stands on a line of its own, and is not in the subject, which phones show when locked.
 * It names its region in the same words in all languages, whose codes work nowhere else: who signs in to both gets two mails. Pure.
 */
export function codeMail(
  words: Readonly<Record<Language, Words>>,
  { code, minutes, region, language }: CodeMail,
): { subject: string; text: string } {
  const { subject, what, once } = words[language];
  return { subject, text: `${what}\n\n${code}\n\nRegion: ${region}\n\n${once(minutes)}\n` };
}
