import { randomUUID } from 'node:crypto';

import type { CodeRequest, CodeRequested } from '#contracts/auth.ts';

import { clientDigestOf, type Client } from '../client/client.ts';
import { type Contact, contactOf } from '../contacts/contact.ts';
import { contactMessage } from '../contacts/message.ts';
import type { AuthDeps } from '../deps.ts';
import { insertEvent, insertEventOf } from '../events/events.repository.ts';
import { type Message, requireWayTo, sendMessage } from '../messages/send.ts';
import { allowsContact, limitRequests, limitTexts } from '../throttle/throttle.ts';
import { CODE_LIFETIME_SECONDS, macOf, MAX_ATTEMPTS, newCode } from './code.ts';
import { deleteChallenge, insertChallenge } from './codes.repository.ts';
import { signInMessage } from './message.ts';

export type CodeDeps = Pick<AuthDeps, 'region' | 'db' | 'secrets' | 'mailer' | 'sms' | 'outgoing' | 'log' | 'limits'>;

/** Whose contact it is to be that a code is sent to. */
export interface Claimant {
  readonly accountId: string;
  readonly sessionId: string;
}

/**
 * Sends a code of 8 digits to a mail address or a telephone number and answers the challenge it belongs to: to sign in with, or for `claimant` to prove that it is
 * theirs. The answer is the same whoever has it, and past the limit for one address or number nothing is sent.
 * Throws AppError `too_many_requests` for a client that asks too often, `unavailable` when the message is not taken or too many wait for theirs, `sms_unavailable`.
 */
export async function issueCode(deps: CodeDeps, request: CodeRequest, client: Client, claimant?: Claimant): Promise<CodeRequested> {
  const pepper = await deps.secrets.pepper();
  await limitRequests(deps, pepper, 'codes', client);
  const contact = contactOf(request);
  requireWayTo(deps, contact);
  // At the door, before anything is counted or kept of this address or number: who is sent away is, whosever it is, and has lost nothing.
  return deps.outgoing[contact.kind].enter(async () => issueTo(deps, contact, { request, client, claimant, pepper }));
}

async function issueTo(
  deps: CodeDeps,
  contact: Contact,
  by: { readonly request: CodeRequest; readonly client: Client; readonly claimant: Claimant | undefined; readonly pepper: Buffer },
): Promise<CodeRequested> {
  const { request, client, claimant, pepper } = by;
  if (contact.kind === 'phone') await limitTexts(deps, pepper, client);
  const [challengeId, code] = [randomUUID(), newCode()];
  const isAllowed = await allowsContact(deps, pepper, contact, client);
  await insertChallenge(deps.db, {
    id: challengeId,
    contact,
    accountId: claimant?.accountId ?? null,
    codeMac: macOf(pepper, { purpose: claimant === undefined ? 'code' : 'contact', challengeId, code }),
    lifetimeSeconds: CODE_LIFETIME_SECONDS,
    // What is not sent is dead, too: challenges without end for one address would let its codes be guessed.
    attempts: isAllowed ? 0 : MAX_ATTEMPTS,
  });
  const language = 'phone' in request ? request.language : undefined;
  const told = { code, lifetimeSeconds: CODE_LIFETIME_SECONDS, region: deps.region, language };
  if (!isAllowed) {
    deps.log.warn({ challengeId, kind: contact.kind }, 'no code was sent: this address or number has had too many');
  } else if (await sendOrForget(deps, contact, challengeId, claimant === undefined ? signInMessage(told) : contactMessage(told))) {
    const sent = { kind: 'code_sent', client: clientDigestOf(pepper, client) } as const;
    if (claimant === undefined) await insertEventOf(deps.db, contact, sent);
    else await insertEvent(deps.db, { ...sent, ...claimant, detail: { contact: contact.kind } });
  }
  return { challengeId, expiresInSeconds: CODE_LIFETIME_SECONDS };
}

/** As `sendMessage`; of a message that was not taken no challenge is left. */
async function sendOrForget(deps: CodeDeps, contact: Contact, challengeId: string, message: Message): Promise<boolean> {
  try {
    return await sendMessage(deps, contact, message);
  } catch (error) {
    // Why nothing was sent is what counts; nobody was told of the challenge.
    await deleteChallenge(deps.db, challengeId).catch(() => undefined);
    throw error;
  }
}
