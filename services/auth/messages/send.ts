import type { Mail } from '#platform/mail.ts';
import { within } from '#platform/deadline.ts';
import { codeOf, AppError } from '#platform/errors.ts';
import { type Sms, SmsNotTaken } from '#platform/sms/sms.ts';

import type { Contact } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';

/** What is said to somebody, by whichever way. */
export interface Message {
  readonly mail: Omit<Mail, 'to'>;
  readonly sms: Omit<Sms, 'to'>;
}

type Deps = Pick<AuthDeps, 'mailer' | 'sms' | 'outgoing' | 'log'>;

/** Codes of SmsNotTaken that say something of the number alone: our rule, and what Dysms says of numbers that are none or have had too much. */
const NOT_SENT_THERE: ReadonlySet<string> = new Set([
  'country_not_allowed',
  'number_malformed',
  'number_ambiguous',
  'isv.MOBILE_NUMBER_ILLEGAL',
  'isv.BUSINESS_LIMIT_CONTROL',
]);

/** Throws AppError `sms_unavailable` where no text messages are sent from here at all: for every number alike. */
export function requireWayTo({ sms }: Pick<Deps, 'sms'>, { kind }: Pick<Contact, 'kind'>): void {
  if (kind === 'phone' && sms === undefined) {
    throw new AppError('sms_unavailable', { detail: 'Use a mail address.' });
  }
}

/**
 * Hands a message to the mail server or the vendor of text messages. False where that number alone is sent nothing: who asked is not told, since it is said of
 * no account. Throws AppError `unavailable` when the message is not taken in time, `sms_unavailable`.
 */
export async function sendMessage(deps: Deps, { kind, address: to }: Contact, { mail, sms }: Message): Promise<boolean> {
  requireWayTo(deps, { kind });
  try {
    await within(deps.outgoing.deadlineMs, async (signal) =>
      kind === 'email' ? deps.mailer.send({ to, ...mail }, signal) : deps.sms?.send({ to, ...sms }),
    );
    return true;
  } catch (error) {
    const cause = kind === 'email' || error instanceof SmsNotTaken ? error : new SmsNotTaken(codeOf(error), undefined);
    if (cause instanceof SmsNotTaken && NOT_SENT_THERE.has(cause.code ?? '')) {
      deps.log.warn({ reason: cause.code }, 'no text message was sent: this number is sent none');
      return false;
    }
    const what = kind === 'email' ? 'mail' : 'text message';
    throw new AppError('unavailable', { detail: `The ${what} could not be sent; try again.`, headers: { 'retry-after': '2' }, cause });
  }
}
