import { createHmac, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';

import type { CodeRequest, CodeRequested } from '#contracts/auth.ts';
import { AppError } from '#platform/errors.ts';

import { clientDigestOf, type Client } from '../client/client.ts';
import { contactOf } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import { insertEventOf } from '../events/events.repository.ts';
import { requireWayTo, sendMessage } from '../messages/send.ts';
import { allowsContact, limitRequests } from '../throttle/throttle.ts';
import { signInMessage } from './message.ts';
import { countAttempt, ensureAccount, insertChallenge, markUsed } from './codes.repository.ts';

const LIFETIME_SECONDS = 600;
const MAX_ATTEMPTS = 5;
const DIGITS = 8;

type CodeDeps = Pick<AuthDeps, 'region' | 'db' | 'secrets' | 'mailer' | 'sms' | 'log' | 'limits'>;

/**
 * Sends a code of 8 digits to a mail address or a telephone number and answers the challenge it belongs to. The answer is the same whether there is an account or not,
 * and so is the work, since accounts are made at the first exchange; past the limit for one address or number nothing is sent.
 * Throws AppError `too_many_requests` for a client that asks too often, `unavailable` when the message is not taken, `sms_unavailable`.
 */
export async function requestCode(deps: CodeDeps, request: CodeRequest, client: Client): Promise<CodeRequested> {
  await limitRequests(deps, 'codes', client);
  const contact = contactOf(request);
  const language = 'phone' in request ? request.language : undefined;
  requireWayTo(deps, contact);
  const challengeId = randomUUID();
  const code = randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0');
  const pepper = await deps.secrets.pepper();
  const codeMac = macOf(pepper, challengeId, code);
  await insertChallenge(deps.db, { id: challengeId, contact, codeMac, lifetimeSeconds: LIFETIME_SECONDS });
  if (!(await allowsContact(deps, pepper, contact, client))) {
    deps.log.warn({ challengeId, kind: contact.kind }, 'no code was sent: this address or number has had too many');
  } else if (await sendMessage(deps, contact, signInMessage({ code, lifetimeSeconds: LIFETIME_SECONDS, region: deps.region, language }))) {
    await insertEventOf(deps.db, contact, { kind: 'code_sent', client: clientDigestOf(pepper, client) });
  }
  return { challengeId, expiresInSeconds: LIFETIME_SECONDS };
}

/**
 * The account that a challenge and its code sign in to; it is made where there is none. The code works once, within ten minutes, and dies
 * with the fifth wrong attempt. Throws AppError `code_invalid`, the same for every reason, or `too_many_requests`.
 */
export async function redeemCode(
  deps: CodeDeps,
  given: { readonly challengeId: string; readonly code: string },
  client: Client,
): Promise<{ accountId: string }> {
  await limitRequests(deps, 'tokens', client);
  const pepper = await deps.secrets.pepper();
  // A wrong code must not throw in here: its attempt would be rolled back, and not count.
  const accountId = await deps.db.transaction().execute(async (trx) => {
    const challenge = await countAttempt(trx, given.challengeId, MAX_ATTEMPTS);
    if (challenge === undefined || !timingSafeEqual(challenge.codeMac, macOf(pepper, given.challengeId, given.code))) {
      const failed = { kind: 'sign_in_failed', client: clientDigestOf(pepper, client), detail: { reason: 'code' } } as const;
      await insertEventOf(trx, challenge?.contact, failed);
      return undefined;
    }
    await markUsed(trx, given.challengeId);
    return ensureAccount(trx, randomUUID(), challenge.contact);
  });
  if (accountId === undefined) throw new AppError('code_invalid');
  return { accountId };
}

/** What is stored of a code: worthless without the pepper, and of no use for another challenge. */
function macOf(pepper: Buffer, challengeId: string, code: string): Buffer {
  return createHmac('sha256', pepper).update(`code:${challengeId}:${code}`).digest();
}
