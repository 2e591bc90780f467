import { randomUUID } from 'node:crypto';

import type { Factor, PasskeyCreation } from '#contracts/factors.ts';
import type { AuthenticationResponse } from '#contracts/webauthn.ts';
import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import { lockAccount } from '../accounts/accounts.repository.ts';
import { clientDigestOf, type Client } from '../client/client.ts';
import { labelOf } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import type { By } from '../events/by.ts';
import { insertEvent } from '../events/events.repository.ts';
import { findFactorState, markProved } from '../factors/factors.repository.ts';
import { factorOf } from '../factors/service.ts';
import { requireFresh, requireStill } from '../standing/fresh.ts';
import { limitRequests } from '../throttle/throttle.ts';
import { type IssuedTokens, startSession, type TokenDeps } from '../tokens/service.ts';
import { checkAssertion } from './assertion.ts';
import { takeCeremony } from './ceremonies.repository.ts';
import { assertionOptions, creationOptions } from './options.ts';
import { insertPasskey, selectPasskeyNames } from './passkeys.repository.ts';
import { readRegistration } from './registration.ts';
import { clientDataOf, loadWebauthn, relyingPartyOf } from './webauthn.ts';

const MOST_PASSKEYS = 20;

type Deps = AuthDeps & TokenDeps;

/** What the caller's browser needs to make a passkey. Throws AppError `reauthentication_required`, `already_exists` where there are twenty. */
export async function startRegistration(deps: AuthDeps, caller: Caller) {
  const { accountId } = caller;
  relyingPartyOf(deps);
  await requireFresh(deps, caller);
  const account = await findFactorState(deps.db, accountId);
  if (account === undefined) throw new AppError('unauthenticated');
  await requireRoom(deps.db, accountId);
  return creationOptions(deps, { accountId, label: labelOf(account) });
}

/** Throws AppError `already_exists` where there are as many passkeys as an account may have. */
async function requireRoom(db: AuthDeps['db'], accountId: string): Promise<void> {
  if ((await selectPasskeyNames(db, accountId)).length < MOST_PASSKEYS) return;
  throw new AppError('already_exists', { detail: `There are ${MOST_PASSKEYS} passkeys: remove one first.` });
}

/** Keeps a passkey that was made for the caller; the session has proved a second factor by that. Throws AppError `passkey_invalid`, `already_exists`, `reauthentication_required`. */
export async function addPasskey(deps: AuthDeps, { credential, label }: PasskeyCreation, { caller, client }: By): Promise<Factor> {
  const { accountId } = caller;
  const party = relyingPartyOf(deps);
  const sessionId = await requireFresh(deps, caller);
  const digest = clientDigestOf(await deps.secrets.pepper(), client);
  const challenge = Buffer.from(clientDataOf(credential.response.clientDataJSON)?.challenge ?? '', 'base64url');
  const isOurs = await deps.db.transaction().execute((trx) => takeCeremony(trx, challenge, { purpose: 'register', accountId }));
  const made = isOurs ? await readRegistration(deps, party, credential, challenge) : undefined;
  if (made === undefined) throw new AppError('passkey_invalid');
  return deps.db.transaction().execute(async (trx) => {
    // Options may have been asked for many times while there was room for one.
    await lockAccount(trx, accountId);
    await requireStill(trx, sessionId);
    await requireRoom(trx, accountId);
    const row = await insertPasskey(trx, { ...made, id: randomUUID(), accountId, label: label ?? client.device });
    if (row === undefined) throw new AppError('already_exists');
    await markProved(trx, sessionId);
    await insertEvent(trx, { kind: 'factor_added', accountId, sessionId, client: digest, detail: { factor: 'passkey' } });
    return factorOf(row);
  });
}

/** What a browser needs to sign in by whichever passkey of the site its user picks: the same for everybody. Throws AppError `too_many_requests`. */
export async function startPasskeySignIn(deps: AuthDeps, client: Client) {
  relyingPartyOf(deps);
  await limitRequests(deps, await deps.secrets.pepper(), 'passkeys', client);
  return assertionOptions(deps, 'anybody');
}

/** Tokens for what a passkey has signed. Throws AppError `passkey_invalid`, the same for every reason, `account_disabled`, `too_many_requests`. */
export async function signInByPasskey(deps: Deps, credential: AuthenticationResponse, client: Client): Promise<IssuedTokens> {
  relyingPartyOf(deps);
  const pepper = await deps.secrets.pepper();
  await limitRequests(deps, pepper, 'tokens', client);
  const digest = clientDigestOf(pepper, client);
  await loadWebauthn();
  const { good, accountId, contactGeneration } = await deps.db.transaction().execute(async (trx) => {
    const assertion = await checkAssertion(deps, trx, credential, { purpose: 'sign-in' });
    if (!assertion.good) {
      const about = assertion.accountId ?? null;
      await insertEvent(trx, { kind: 'sign_in_failed', accountId: about, client: digest, detail: { reason: 'passkey' } });
    }
    return assertion;
  });
  if (!good || accountId === undefined) throw new AppError('passkey_invalid');
  return startSession(deps, { accountId, method: 'passkey', contactGeneration }, client);
}
