import { randomUUID } from 'node:crypto';

import { backoffMs } from '#platform/clock.ts';

import type { SendDeps, SendLimits } from '../deps.ts';
import { templateNamed } from '../templates/index.ts';
import { compose } from './compose.ts';
import { errorCodeOf } from './error-code.ts';
import { bury, type ClaimedNotice, claimNotice, endClaim, markSent, standingOf } from './notices.repository.ts';

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
 * Sends a notice that is due, unless another does: it is `sending`, with a lease, before the mail server hears of it, and `sent` after. Who dies in between leaves it
 * to whoever comes after the lease, who sends it again. After ten attempts, or `receives` of its message, it is dead. Throws only where the database fails.
 */
export async function deliver(deps: SendDeps, id: string, receives = 0): Promise<Delivery> {
  const { db, limits } = deps;
  if (receives > MOST_ATTEMPTS) await bury(db, id, 'too_many_receives');
  const notice = await claimNotice(db, id, randomUUID(), limits.leaseMs);
  if (notice === undefined) return standing(deps, id);
  const failure = await attempt(deps, notice);
  if (failure === undefined) return 'settled';
  const errorCode = errorCodeOf(failure);
  const isLast = Math.max(notice.attempts, receives) >= MOST_ATTEMPTS;
  const waitMs = retryMs(notice.attempts, limits);
  await endClaim(db, notice, isLast ? { state: 'dead' } : { state: 'failed', retryMs: waitMs }, errorCode);
  deps.count?.(notice.template, isLast ? 'dead' : 'failed');
  const told = { noticeId: id, template: notice.template, attempts: notice.attempts, errorCode };
  if (isLast) deps.log.error(told, 'a notice is given up');
  else deps.log.warn(told, 'a notice could not be sent; it will be tried again');
  return isLast ? 'settled' : { waitMs };
}

/** What went wrong; undefined where the notice is settled. What it read of a person ends with this function. */
async function attempt(deps: SendDeps, notice: ClaimedNotice): Promise<unknown> {
  const template = templateNamed(notice.template);
  if (template === undefined) return new Error('there is no such template');
  let providerMessageId: string | null;
  try {
    const composed = await compose(deps, notice, template);
    if (typeof composed === 'string') {
      await endClaim(deps.db, notice, { state: 'suppressed' }, composed);
      deps.count?.(notice.template, 'suppressed');
      return undefined;
    }
    const sent = await deps.mailer.send({ to: composed.to, ...composed.mail, messageId: notice.id });
    providerMessageId = sent.providerMessageId;
  } catch (error) {
    return error ?? new Error('nothing was thrown');
  }
  await markSent(deps.db, notice.id, providerMessageId);
  deps.count?.(notice.template, 'sent');
  return undefined;
}

async function standing({ db }: SendDeps, id: string): Promise<Delivery> {
  const found = await standingOf(db, id);
  if (found === undefined || found.state === 'sent' || found.state === 'suppressed' || found.state === 'dead') return 'settled';
  return { waitMs: found.waitMs };
}
