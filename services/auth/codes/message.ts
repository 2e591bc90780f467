import type { Region } from '#contracts/regions.ts';
import { type Language, languageOfRegion } from '#contracts/user.ts';

import type { Message } from '../messages/send.ts';
import { codeMail, signInWords } from './mail.ts';

export interface CodeToTell {
  readonly code: string;
  readonly lifetimeSeconds: number;
  readonly region: Region;
  /** The region's where nothing is said. */
  readonly language?: Language | undefined;
}

type CodeText = (code: string, minutes: string, region: Region) => string;

const signInTexts: Readonly<Record<Language, CodeText>> = {
  en: (code, minutes, region) =>
    `${code} is your code to sign in to madeinworld (region: ${region}). It works once, within ${minutes} minutes. Tell it to nobody.`,
  zh: (code, minutes, region) =>
    `madeinworld（${region === 'china' ? '中国区' : '国际区'}）登录验证码：${code}，${minutes} 分钟内有效，请勿告诉他人。`,
};

/**
 * What brings a code to sign in with. A text message is read on its own, and so says what it is for; as the mail it names its region. Carriers in China send the
 * template with the parameters in place of the text.
 */
export function signInMessage({ code, lifetimeSeconds, region, language = languageOfRegion[region] }: CodeToTell): Message {
  const minutes = String(Math.round(lifetimeSeconds / 60));
  return {
    mail: codeMail(signInWords, { code, minutes, region, language }),
    sms: { text: signInTexts[language](code, minutes, region), template: `sign-in-code.${language}`, parameters: { code, minutes } },
  };
}
