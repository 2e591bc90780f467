import { randomUUID } from 'node:crypto';

import type { Transaction } from 'kysely';

import type { FactorKind, SecondFactorAnswer, SecondFactorWanted } from '#contracts/factors.ts';
import { AppError } from '#platform/errors.ts';

import { clientDigestOf, type Client } from '../client/client.ts';
import type { ReachedAccount } from '../codes/codes.repository.ts';
import type { AuthDeps } from '../deps.ts';
import { insertEvent } from '../events/events.repository.ts';
import { findFactorState } from '../factors/factors.repository.ts';
import { checkAssertion } from '../passkeys/assertion.ts';
import { assertionOptions } from '../passkeys/options.ts';
import { loadWebauthn, relyingPartyOf } from '../passkeys/webauthn.ts';
import { wantsFactor } from '../standing/role.ts';
import type { AuthTables } from '../tables.ts';
import { limitRequests } from '../throttle/throttle.ts';
import { type IssuedTokens, startSession, type TokenDeps } from '../tokens/service.ts';
import { refusedTotp, tryTotp, type TotpOutcome } from '../totp/check.ts';
import { countFactorAttempt, findFactorChallenge, insertFactorChallenge, markMet } from './challenges.repository.ts';

const LIFETIME_SECONDS = 300;
const MAX_ATTEMPTS = 5;

type Deps = AuthDeps & TokenDeps;

/**
 * What a right code comes to: tokens, or the challenge of a second factor where the account wants one. Throws AppError `account_disabled`, and `code_invalid` where the
 * account is reached by something else since.
 */
export async function signInAfterCode(deps: Deps, reached: ReachedAccount, client: Client): Promise<IssuedTokens | SecondFactorWanted> {
  const state = await findFactorState(deps.db, reached.accountId);
  const wanted = state !== undefined && (await wantsFactor(deps, state));
  const kinds: FactorKind[] = [];
  if (wanted && state.hasTotp) kinds.push('totp');
  if (wanted && state.hasPasskey && deps.passkeys !== undefined) kinds.push('passkey');
  // Staff whose passkeys the region has ceased to take get in, as customers: what a session has not proved it may not do.
  if (kinds.length === 0) return startSession(deps, { ...reached, method: 'code' }, client);
  const challengeId = randomUUID();
  if (!(await insertFactorChallenge(deps.db, challengeId, reached, LIFETIME_SECONDS))) throw new AppError('code_invalid');
  return { secondFactor: { challengeId, expiresInSeconds: LIFETIME_SECONDS, kinds } };
}

/** What a passkey of the challenge's account is asked to sign. Throws AppError `second_factor_over`, `too_many_requests`. */
export async function optionsOfChallenge(deps: Deps, challengeId: string, client: Client) {
  relyingPartyOf(deps);
  await limitRequests(deps, await deps.secrets.pepper(), 'tokens', client);
  const accountId = await findFactorChallenge(deps.db, challengeId, MAX_ATTEMPTS);
  if (accountId === undefined) throw new AppError('second_factor_over');
  return assertionOptions(deps, { accountId, factorChallengeId: challengeId });
}

/**
 * Tokens for a challenge and what it asked for. It is met once, within five minutes and five attempts; `second_factor_over` says that it cannot be met any more,
 * `second_factor_invalid` that another try may. Throws besides AppError `passkey_invalid`, `account_disabled`; `too_many_requests` for a client that asks too often,
 * and for an app with too many wrong codes.
 */
export async function answerChallenge(deps: Deps, answer: SecondFactorAnswer, client: Client): Promise<IssuedTokens> {
  const pepper = await deps.secrets.pepper();
  await limitRequests(deps, pepper, 'tokens', client);
  const digest = clientDigestOf(pepper, client);
  const method = 'totp' in answer ? 'code+totp' : 'code+passkey';
  if ('passkey' in answer) {
    relyingPartyOf(deps);
    await loadWebauthn();
  }
  // What is counted must stay, so nothing throws in here.
  const met = await deps.db.transaction().execute(async (trx) => {
    const challenge = await countFactorAttempt(trx, answer.challengeId, MAX_ATTEMPTS);
    if (challenge === undefined) return { outcome: 'over' } as const;
    const { accountId, contactGeneration } = challenge;
    const outcome = await tryAnswer(deps, trx, answer, accountId);
    if (outcome === 'right') {
      await markMet(trx, answer.challengeId);
      return { outcome, proof: { accountId, method, contactGeneration: contactGeneration ?? undefined } } as const;
    }
    await insertEvent(trx, { kind: 'sign_in_failed', accountId, client: digest, detail: { reason: method } });
    return { outcome };
  });
  if (met.outcome === 'right') return startSession(deps, met.proof, client);
  if (met.outcome === 'over') throw new AppError('second_factor_over');
  throw 'totp' in answer ? refusedTotp(met.outcome) : new AppError('passkey_invalid');
}

async function tryAnswer(deps: Deps, trx: Transaction<AuthTables>, answer: SecondFactorAnswer, accountId: string): Promise<TotpOutcome> {
  if ('totp' in answer) return tryTotp(deps, trx, { accountId, code: answer.totp, waiting: false });
  const expected = { purpose: 'second-factor', accountId, factorChallengeId: answer.challengeId } as const;
  return (await checkAssertion(deps, trx, answer.passkey, expected)).good ? 'right' : 'wrong';
}
