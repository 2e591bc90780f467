import type { Language } from '#contracts/user.ts';
import type { Sms } from '#platform/sms/sms.ts';

import type { LinkTemplate, OrderParameters, OrderTemplate } from './template.ts';

/** Longer numbers of orders than ours would make two messages of one. */
const MOST_CHARACTERS = 20;

/** The text message that a template makes; null where it makes none. The vendor knows it by its name and language: `order-shipped.zh`. Pure. */
export function textMessage(template: OrderTemplate, language: Language, order: Pick<OrderParameters, 'number'>): Omit<Sms, 'to'> | null {
  const { sms } = template.wordings[language];
  if (sms === undefined) return null;
  const parameters = { number: [...order.number].slice(0, MOST_CHARACTERS).join('') };
  return { text: sms(parameters), template: `${template.name}.${language}`, parameters };
}

/** The same of a template about an account, of which nothing is said in it. Pure. */
export function accountTextMessage(template: LinkTemplate, language: Language): Omit<Sms, 'to'> | null {
  const { sms } = template.wordings[language];
  return sms === undefined ? null : { text: sms(), template: `${template.name}.${language}`, parameters: {} };
}
