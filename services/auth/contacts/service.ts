import type { CodeRequest, CodeRequested } from '#contracts/auth.ts';
import type { ContactConfirmation, ContactKind, Contacts } from '#contracts/contacts.ts';
import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import { findAccountRow, lockAccount } from '../accounts/accounts.repository.ts';
import { clientDigestOf } from '../client/client.ts';
import { isRight, MAX_ATTEMPTS } from '../codes/code.ts';
import { countAttempt, markUsed } from '../codes/codes.repository.ts';
import { type CodeDeps, issueCode } from '../codes/issue.ts';
import type { By } from '../events/by.ts';
import { insertEvent } from '../events/events.repository.ts';
import { endFactorChallenges } from '../second-factor/challenges.repository.ts';
import { endSessions } from '../sessions/sessions.repository.ts';
import { requireFresh, requireStill } from '../standing/fresh.ts';
import { limitRequests } from '../throttle/throttle.ts';
import type { Addresses } from './contact.ts';
import { clearContact, deleteChallengesOf, setContact } from './contacts.repository.ts';
import { tellOfChange } from './notice.ts';

/** What the caller is reached by. Throws AppError `unauthenticated` where the account is gone. */
export async function getContacts({ db }: Pick<CodeDeps, 'db'>, { accountId }: Caller): Promise<Contacts> {
  const account = await findAccountRow(db, accountId);
  if (account === undefined) throw new AppError('unauthenticated');
  return contactsIn(account);
}

/** Sends a code to what is to be a contact of the caller's. Whose it is now is not told. Throws what issueCode does, and AppError `reauthentication_required`. */
export async function claimContact(deps: CodeDeps, request: CodeRequest, { caller, client }: By): Promise<CodeRequested> {
  const sessionId = await requireFresh(deps, caller);
  return issueCode(deps, request, client, { accountId: caller.accountId, sessionId });
}

/**
 * Makes what the code was sent to a contact of the caller's, in place of the one of its kind; that ends the other sessions. What the account had before is told.
 * Throws AppError `code_invalid`, `contact_taken` for who has proved it, `reauthentication_required`, `too_many_requests`.
 */
export async function confirmContact(
  deps: CodeDeps,
  { challengeId, code }: ContactConfirmation,
  { caller, client }: By,
): Promise<Contacts> {
  const { accountId } = caller;
  const sessionId = await requireFresh(deps, caller);
  const pepper = await deps.secrets.pepper();
  await limitRequests(deps, pepper, 'tokens', client);
  const digest = clientDigestOf(pepper, client);
  // What is counted must stay, so nothing throws in here once it is. The account is locked first, as who erases it does: neither waits for the other in a circle.
  const outcome = await deps.db.transaction().execute(async (trx) => {
    const before = await lockAccount(trx, accountId);
    await requireStill(trx, sessionId);
    const challenge = await countAttempt(trx, { id: challengeId, accountId, maxAttempts: MAX_ATTEMPTS });
    if (before === undefined || challenge === undefined) return 'code_invalid';
    if (!isRight(pepper, { purpose: 'contact', challengeId, code }, challenge.codeMac)) return 'code_invalid';
    await markUsed(trx, challengeId);
    const { kind, address } = challenge.contact;
    const after = { ...contactsIn(before), [kind]: address };
    const old = before[kind];
    if (old === address) return { after };
    if (!(await setContact(trx, accountId, challenge.contact))) return 'contact_taken';
    const event = { accountId, sessionId, client: digest, detail: { contact: kind } };
    await insertEvent(trx, { ...event, kind: old === null ? 'contact_added' : 'contact_changed' });
    if (old !== null) {
      await deleteChallengesOf(trx, { kind, address: old });
      await endFactorChallenges(trx, accountId);
      await endSessions(trx, accountId, { except: sessionId }, { client: digest });
    }
    return { before, after };
  });
  if (typeof outcome === 'string') throw new AppError(outcome);
  if (outcome.before !== undefined) await tellOfChange(deps, accountId, outcome.before);
  return outcome.after;
}

/** Removes a contact of the caller's, and ends the other sessions. Throws AppError `not_found`, `last_contact`, `reauthentication_required`. */
export async function removeContact(deps: CodeDeps, kind: ContactKind, { caller, client }: By): Promise<void> {
  const { accountId } = caller;
  const sessionId = await requireFresh(deps, caller);
  const digest = clientDigestOf(await deps.secrets.pepper(), client);
  const before = await deps.db.transaction().execute(async (trx) => {
    const account = await lockAccount(trx, accountId);
    await requireStill(trx, sessionId);
    const address = account?.[kind] ?? null;
    if (account === undefined || address === null) throw new AppError('not_found');
    if (account.email === null || account.phone === null) throw new AppError('last_contact');
    await clearContact(trx, accountId, kind);
    await deleteChallengesOf(trx, { kind, address });
    await endFactorChallenges(trx, accountId);
    await insertEvent(trx, { kind: 'contact_removed', accountId, sessionId, client: digest, detail: { contact: kind } });
    await endSessions(trx, accountId, { except: sessionId }, { client: digest });
    return account;
  });
  await tellOfChange(deps, accountId, before);
}

const contactsIn = ({ email, phone }: Addresses): Contacts => ({ email, phone });
