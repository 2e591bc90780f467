import { SmsNotTaken, type Sms, type SmsSender } from './sms.ts';

const E164 = /^\+[1-9]\d{6,14}$/;

/** Calling-code prefixes (`86`, `1212`) out of `86,1212`; undefined where one of them is none. Pure. */
export function parseCountries(text: string): readonly string[] | undefined {
  const prefixes = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return prefixes.every((prefix) => /^[1-9]\d{0,6}$/.test(prefix)) ? prefixes : undefined;
}

/**
 * Lets messages through to these countries alone, and to nobody where none is named: who has messages sent to dear numbers of their own (SMS pumping) is paid for each.
 * The vendor is not asked for what is refused: SmsNotTaken `number_malformed`, `country_not_allowed`.
 */
export function toCountries(prefixes: readonly string[], sender: SmsSender): SmsSender {
  const refusalOf = ({ to }: Sms): string | undefined => {
    if (!E164.test(to)) return 'number_malformed';
    return prefixes.some((prefix) => to.startsWith(`+${prefix}`)) ? undefined : 'country_not_allowed';
  };
  return {
    async send(sms) {
      const refusal = refusalOf(sms);
      if (refusal !== undefined) throw new SmsNotTaken(refusal, undefined);
      return sender.send(sms);
    },
    close: () => sender.close(),
  };
}
