import type { AuthDeps } from '../deps.ts';
import { insertCeremony, type Purpose } from './ceremonies.repository.ts';
import { selectPasskeyNames } from './passkeys.repository.ts';
import { loadWebauthn, relyingPartyOf, userHandleOf } from './webauthn.ts';

const LIFETIME_SECONDS = 300;
const timeout = LIFETIME_SECONDS * 1_000;
/** EdDSA, ES256, RS256 (COSE): what authenticators have. */
export const algorithms = [-8, -7, -257];

type Deps = Pick<AuthDeps, 'db' | 'passkeys'>;

/**
 * What a browser needs to make a passkey for an account. It is discoverable, so that it signs in without a name, and verifies its user, so that it is two
 * factors in one. Which make it is, is not asked.
 */
export async function creationOptions(deps: Deps, account: { readonly accountId: string; readonly label: string }) {
  const { rpId: rpID } = relyingPartyOf(deps);
  const { generateRegistrationOptions } = await loadWebauthn();
  const options = await generateRegistrationOptions({
    rpName: 'madeinworld',
    rpID,
    userName: account.label,
    userID: userHandleOf(account.accountId),
    timeout,
    attestationType: 'none',
    excludeCredentials: await descriptorsOf(deps, account.accountId),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  });
  await keep(deps, options.challenge, { purpose: 'register', accountId: account.accountId });
  return options;
}

/** What a browser needs to have a passkey prove itself: any of the site, or one of the account whose challenge it is. */
export async function assertionOptions(deps: Deps, of: { readonly accountId: string; readonly factorChallengeId: string } | 'anybody') {
  const { rpId: rpID } = relyingPartyOf(deps);
  const { generateAuthenticationOptions } = await loadWebauthn();
  const options = await generateAuthenticationOptions({
    rpID,
    timeout,
    userVerification: 'required',
    ...(of === 'anybody' ? {} : { allowCredentials: await descriptorsOf(deps, of.accountId) }),
  });
  await keep(deps, options.challenge, of === 'anybody' ? { purpose: 'sign-in' } : { purpose: 'second-factor', ...of });
  return options;
}

async function descriptorsOf({ db }: Deps, accountId: string) {
  const names = await selectPasskeyNames(db, accountId);
  return names.map(({ credentialId, transports }) => ({ id: credentialId.toString('base64url'), transports }));
}

function keep({ db }: Deps, challenge: string, purpose: Purpose): Promise<void> {
  return insertCeremony(db, Buffer.from(challenge, 'base64url'), purpose, LIFETIME_SECONDS);
}
