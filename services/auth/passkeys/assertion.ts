import type { Transaction } from 'kysely';

import type { AuthenticationResponse } from '#contracts/webauthn.ts';
import { messageOf } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
import type { AuthTables } from '../tables.ts';
import { type Purpose, takeCeremony } from './ceremonies.repository.ts';
import { type HeldPasskey, lockPasskey, markPasskeyUsed } from './passkeys.repository.ts';
import { clientDataOf, loadWebauthn, type RelyingParty, relyingPartyOf, userHandleOf } from './webauthn.ts';

type Deps = Pick<AuthDeps, 'passkeys' | 'log'>;

/** How a signature was found: by whose passkey, where that is known, and whether it counts. */
export interface Assertion {
  readonly accountId: string | undefined;
  /** As of which the account has that passkey. */
  readonly contactGeneration: number | undefined;
  readonly good: boolean;
}

/**
 * Checks what a passkey has signed (WebAuthn, section 7.2): for a challenge of ours that was given out for this and is taken away here, on a page of ours, for
 * our domain, with its user verified, with its counter gone up. Throws for nothing that a client sends: what is taken here stays taken.
 */
export async function checkAssertion(
  deps: Deps,
  trx: Transaction<AuthTables>,
  response: AuthenticationResponse,
  expected: Exclude<Purpose, { readonly purpose: 'register' }>,
): Promise<Assertion> {
  const party = relyingPartyOf(deps);
  const data = clientDataOf(response.response.clientDataJSON);
  const challenge = Buffer.from(data?.challenge ?? '', 'base64url');
  const isOurs = data !== undefined && data.crossOrigin !== true && (await takeCeremony(trx, challenge, expected));
  const passkey = await lockPasskey(trx, Buffer.from(response.id, 'base64url'));
  const whose = { accountId: passkey?.accountId, contactGeneration: passkey?.contactGeneration };
  if (!isOurs || passkey === undefined || !isMeant(passkey, response, expected)) return { ...whose, good: false };
  const counter = await verifiedCounter(deps, party, response, challenge, passkey);
  if (counter === undefined) return { ...whose, good: false };
  await markPasskeyUsed(trx, passkey.id, counter);
  return { ...whose, good: true };
}

/** Whether the passkey is one of the account that is asked; to sign in without a name it has to say itself whose it is, and be right. */
function isMeant({ accountId }: HeldPasskey, { response: { userHandle } }: AuthenticationResponse, expected: Purpose): boolean {
  if ('accountId' in expected && expected.accountId !== accountId) return false;
  if (userHandle === undefined) return expected.purpose !== 'sign-in';
  return Buffer.from(userHandle, 'base64url').equals(userHandleOf(accountId));
}

async function verifiedCounter(
  { log }: Deps,
  { rpId, origins }: RelyingParty,
  { id, rawId, type, response }: AuthenticationResponse,
  challenge: Buffer,
  passkey: HeldPasskey,
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await loadWebauthn();
  const { clientDataJSON, authenticatorData, signature } = response;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { id, rawId, type, response: { clientDataJSON, authenticatorData, signature }, clientExtensionResults: {} },
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      credential: { id, publicKey: Uint8Array.from(passkey.publicKey), counter: passkey.counter },
      requireUserVerification: true,
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch (error) {
    log.info({ passkeyId: passkey.id, reason: messageOf(error) }, 'a passkey was not accepted');
    return undefined;
  }
}
