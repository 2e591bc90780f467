import { randomUUID, randomUUIDv7 } from 'node:crypto';

import { backoffMs } from '#platform/clock.ts';
import { DeadlinePassed, within } from '#platform/deadline.ts';
import { SmsNotTaken } from '#platform/sms/sms.ts';
import { isCertainlyNotTaken } from '#platform/sms/taken.ts';

import type { SendDeps, SendLimits } from '../deps.ts';
import { templateNamed } from '../templates/index.ts';
import { compose, type Composed } from './compose.ts';
import { errorCodeOf } from './error-code.ts';
import { bury, type ClaimedNotice, claimNotice, endClaim, markSent, passToSms, standingOf } from './notices.repository.ts';

/** So often a notice is tried, and an event received, before it is given up. */
export const MOST_ATTEMPTS = 10;

/** What became of it: settled, which no further try would change, or to be tried again in `waitMs`. */
export type Delivery = 'settled' | { readonly waitMs: number };

/** The wait after so many attempts: at least half of what doubles with each, so that what failed together does not come back together. Pure. */
export function retryMs(attempts: number, { retryBaseMs, retryCapMs }: SendLimits, random: () => number = Math.random): number {
  const whole = Math.min(retryCapMs, retryBaseMs * 2 ** Math.max(0, attempts - 1));
  return Math.round(whole / 2) + backoffMs(0, whole / 2, whole / 2, random);
}

/**
 * Sends a notice that is due, unless another does: it is `sending`, with a lease, before the mail server (or the vendor of text messages) hears of it, and `sent` after. Who dies in between leaves it
 * to whoever comes after the lease, who sends it again. After ten attempts, or `receives` of its message, it is dead. Who has a telephone number alone is told by a
 * notice of its own, which takes this one's place. Throws only where the database fails.
 */
export async function deliver(deps: SendDeps, id: string, receives = 0): Promise<Delivery> {
  const { db, limits } = deps;
  if (receives > MOST_ATTEMPTS) await bury(db, id, 'too_many_receives');
  const notice = await claimNotice(db, id, randomUUID(), limits.leaseMs);
  if (notice === undefined) return standing(deps, id, receives);
  const outcome = await attempt(deps, notice);
  if (outcome === 'settled') return 'settled';
  if ('smsNoticeId' in outcome) return deliver(deps, outcome.smsNoticeId, receives);
  const { failure } = outcome;
  const errorCode = errorCodeOf(failure);
  const most = notice.channel === 'sms' && isUncertain(failure) ? MOST_UNCERTAIN : MOST_ATTEMPTS;
  const isLast = Math.max(notice.attempts, most === MOST_ATTEMPTS ? receives : 0) >= most;
  const waitMs = retryMs(notice.attempts, limits);
  await endClaim(db, notice, isLast ? { state: 'dead' } : { state: 'failed', retryMs: waitMs }, errorCode);
  deps.count?.(notice.template, isLast ? 'dead' : 'failed');
  const told = { noticeId: id, template: notice.template, attempts: notice.attempts, errorCode };
  if (isLast) deps.log.error(told, 'a notice is given up');
  else deps.log.warn(told, 'a notice could not be sent; it will be tried again');
  return isLast ? 'settled' : { waitMs };
}

/** Refusals, of our own and of the vendor's, which stay the same however often a message is tried. */
const finalRefusals = new Set([
  'country_not_allowed',
  'number_malformed',
  'number_ambiguous',
  'template_unknown',
  'isv.MOBILE_NUMBER_ILLEGAL',
]);

/** So often a text message is tried of which nobody knows whether the vendor has it: each is paid for, and read. */
const MOST_UNCERTAIN = 2;

/** What a vendor refuses it says with a code of its own, or as the fault of the request; of silence, and of its own faults, nobody knows. */
function isUncertain(failure: unknown): boolean {
  if (!(failure instanceof SmsNotTaken) || isCertainlyNotTaken(failure) || failure.code?.startsWith('isv.') === true) return false;
  return failure.status === undefined || failure.status < 400 || failure.status >= 500;
}

type Outcome = 'settled' | { readonly smsNoticeId: string } | { readonly failure: unknown };

/** What came of it. What it read of a person ends with this function. */
async function attempt(deps: SendDeps, notice: ClaimedNotice): Promise<Outcome> {
  const template = templateNamed(notice.template);
  if (template === undefined) return { failure: new Error('there is no such template') };
  let providerMessageId: string | null;
  try {
    const composed = await compose(deps, notice, template);
    if (typeof composed === 'string') return await suppress(deps, notice, composed);
    if (composed.by === 'another-notice') {
      const smsNoticeId = await passToSms(deps.db, notice, randomUUIDv7());
      return smsNoticeId === undefined ? 'settled' : { smsNoticeId };
    }
    const sent = await send(deps, notice, composed);
    providerMessageId = sent.providerMessageId;
  } catch (error) {
    if (error instanceof SmsNotTaken && error.code !== undefined && finalRefusals.has(error.code))
      return suppress(deps, notice, error.code);
    return { failure: error };
  }
  await markSent(deps.db, notice.id, providerMessageId);
  deps.count?.(notice.template, 'sent');
  return 'settled';
}

/** Hands it over within the deadline. Who has not said by then whether it has a text message may have it. */
async function send(
  { mailer, sms, limits: { deadlineMs } }: SendDeps,
  { id }: ClaimedNotice,
  composed: Exclude<Composed, { readonly by: 'another-notice' }>,
): Promise<{ readonly providerMessageId: string | null }> {
  if (composed.by === 'email') {
    return within(deadlineMs, async (signal) => mailer.send({ to: composed.to, ...composed.mail, messageId: id }, signal));
  }
  if (sms === undefined) throw new Error('there is nobody to send text messages');
  return within(deadlineMs, async () => sms.send(composed.sms)).catch((error: unknown) => {
    throw error instanceof DeadlinePassed ? new SmsNotTaken(error.code, undefined) : error;
  });
}

async function suppress(deps: SendDeps, notice: ClaimedNotice, reason: string): Promise<'settled'> {
  await endClaim(deps.db, notice, { state: 'suppressed' }, reason);
  deps.count?.(notice.template, 'suppressed');
  return 'settled';
}

async function standing(deps: SendDeps, id: string, receives: number): Promise<Delivery> {
  const found = await standingOf(deps.db, id);
  if (found?.state === 'suppressed' && found.smsNoticeId !== null) return deliver(deps, found.smsNoticeId, receives);
  if (found === undefined || found.state === 'sent' || found.state === 'suppressed' || found.state === 'dead') return 'settled';
  return { waitMs: found.waitMs };
}
