import { backoffMs, type Clock } from '../clock.ts';
import { codeOf } from '../errors.ts';
import { SmsNotTaken } from './sms.ts';

const ATTEMPTS = 3;

/** Codes have letters alone, and numbers of phones digits: whatever a vendor puts where its code belongs, no number gets past. */
const CODE = /^[A-Za-z][A-Za-z._-]{0,79}$/;

/** What may be told of an error of a vendor's client. Its message is not looked at, and it is not kept as a cause. */
export function smsNotTaken(error: unknown): SmsNotTaken {
  if (error instanceof SmsNotTaken) return error;
  const field = (name: string, of: unknown = error): unknown => (typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined);
  const named = error instanceof Error && error.name !== 'Error' ? error.name : undefined;
  const code = [codeOf(error), named].find((candidate) => candidate !== undefined && CODE.test(candidate));
  const status = field('statusCode') ?? field('httpStatusCode', field('$metadata'));
  return new SmsNotTaken(code, typeof status === 'number' ? status : undefined);
}

/** Without credentials no vendor has been asked: ours, and the name that the AWS SDK has for it. */
export const NO_CREDENTIALS = 'credentials_unavailable';
const withoutCredentials = new Set([NO_CREDENTIALS, 'CredentialsProviderError']);

/** Whether the vendor was not asked, or says itself that it has not looked at the message. Of a timeout, or of an error of the vendor's, nobody knows. */
export const isCertainlyNotTaken = ({ code = '' }: SmsNotTaken): boolean => code.includes('Throttl') || withoutCredentials.has(code);

/**
 * Tries to hand a message over, again only where the vendor has certainly not taken it: neither vendor knows a message that comes twice for the same one. Throws
 * SmsNotTaken.
 */
export async function untilTaken<Taken>(attempt: () => Promise<Taken>, clock: Clock): Promise<Taken> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const notTaken = smsNotTaken(error);
      if (tries >= ATTEMPTS || !isCertainlyNotTaken(notTaken)) throw notTaken;
      await clock.wait(backoffMs(tries, 100, 1_000));
    }
  }
}
