import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';

import type { Tokens } from '#contracts/auth.ts';
import { ACCESS_TOKEN_TYPE, TOKEN_AUDIENCE, tokenIssuerOf } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';
import { hashOfToken, newRandomToken } from '#platform/random-token.ts';

import { findAccountRow } from '../accounts/accounts.repository.ts';
import { clientDigestOf, type Client } from '../client/client.ts';
import { deviceTokenOf } from '../client/device-token.ts';
import { contactsOf } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import { forgetOldEvents, insertEvent } from '../events/events.repository.ts';
import type { SigningKey } from '../jwks/keys.ts';
import { roleOf } from '../standing/role.ts';
import { findStanding } from '../standing/standing.repository.ts';
import { successorOf } from './refresh-token.ts';
import { hasToken, insertSession, insertToken, lockToken, markRotated, revokeSession } from './tokens.repository.ts';

const ACCESS_SECONDS = 15 * 60;
/** A refresh token that is not used for this long dies; a session ends after SESSION_SECONDS however busy it is. */
export const IDLE_SECONDS = 7 * 24 * 3600;
const SESSION_SECONDS = 30 * 24 * 3600;
/** Within this time a rotated token gives its successor again: two tabs, or an answer that was lost, are no theft. */
const GRACE_SECONDS = 10;

export type TokenDeps = Pick<AuthDeps, 'region' | 'db' | 'secrets' | 'clock' | 'log' | 'staffSecondFactor'> & {
  readonly signingKey: () => Promise<SigningKey>;
};
export type IssuedTokens = Tokens & { readonly refreshToken: string };

/** Who has proved to be whom, and by what: the contact or the factor may be replaced or removed before the session starts. */
export interface Proof {
  readonly accountId: string;
  readonly method: 'passkey' | 'code' | 'code+totp' | 'code+passkey';
  readonly contactGeneration: number | undefined;
}

/** What is answered where that has happened: as if it had before the proof. */
const STALE = {
  code: 'code_invalid',
  passkey: 'passkey_invalid',
  'code+totp': 'second_factor_over',
  'code+passkey': 'second_factor_over',
} as const;

/**
 * Starts a session for an account that has just proved itself. Throws AppError `account_disabled`, and for a contact or a factor that is the account's no more `code_invalid`,
 * `passkey_invalid`, or `second_factor_over` where a factor was asked for after a code.
 */
export async function startSession(deps: TokenDeps, proof: Proof, client: Client): Promise<IssuedTokens> {
  const { accountId, method, contactGeneration } = proof;
  const refreshToken = newRandomToken();
  const sessionId = randomUUID();
  const { device } = client;
  const from = { accountId, client: clientDigestOf(await deps.secrets.pepper(), client) };
  const session = { id: sessionId, accountId, contactGeneration, device, proved: method !== 'code', lifetimeSeconds: SESSION_SECONDS };
  // What is logged must stay, so nothing throws in here.
  const refusal = await deps.db.transaction().execute(async (trx) => {
    if (!(await insertSession(trx, session))) {
      const isStale = (await findAccountRow(trx, accountId))?.disabled === false;
      await insertEvent(trx, { ...from, kind: 'sign_in_failed', detail: { reason: isStale ? 'changed' : 'disabled' } });
      return isStale ? STALE[method] : 'account_disabled';
    }
    await insertToken(trx, hashOfToken(refreshToken), sessionId, IDLE_SECONDS);
    await insertEvent(trx, { ...from, kind: 'sign_in', sessionId, detail: { method, device } });
    await forgetOldEvents(trx);
    return undefined;
  });
  if (refusal !== undefined) throw new AppError(refusal);
  return issue(deps, sessionId, refreshToken, client);
}

/**
 * Trades a refresh token for its successor and a new access token. A token that was traded before, outside the grace, ends its session:
 * either the client or a thief holds a copy, and nobody can tell which. Throws AppError `refresh_invalid`.
 */
export async function refreshSession(deps: TokenDeps, token: string, client: Client): Promise<IssuedTokens> {
  const pepper = await deps.secrets.pepper();
  const hash = hashOfToken(token);
  const successor = successorOf(pepper, token);
  // What is decided here must stay, so it does not throw: a rollback would undo the revocation.
  const sessionId = await deps.db.transaction().execute(async (trx) => {
    const held = await lockToken(trx, hash);
    if (held === undefined || !held.live) return undefined;
    if (held.rotatedSecondsAgo === null) {
      await markRotated(trx, hash, held.sessionId);
      await insertToken(trx, hashOfToken(successor), held.sessionId, IDLE_SECONDS);
      return held.sessionId;
    }
    // Where the pepper was rotated in between, the derived successor is none of ours.
    if (held.rotatedSecondsAgo <= GRACE_SECONDS && (await hasToken(trx, hashOfToken(successor)))) return held.sessionId;
    await revokeSession(trx, held.sessionId, 'reuse');
    await insertEvent(trx, {
      kind: 'refresh_reuse',
      accountId: held.accountId,
      sessionId: held.sessionId,
      client: clientDigestOf(pepper, client),
    });
    deps.log.warn({ sessionId: held.sessionId, accountId: held.accountId }, 'a used refresh token came back; its session is revoked');
    return undefined;
  });
  if (sessionId === undefined) throw new AppError('refresh_invalid');
  return issue(deps, sessionId, successor);
}

/** Ends the session of `token`. A token that is unknown or over already is as signed out as it gets. */
export async function endSession(deps: TokenDeps, token: string, client: Client): Promise<void> {
  const digest = clientDigestOf(await deps.secrets.pepper(), client);
  await deps.db.transaction().execute(async (trx) => {
    const held = await lockToken(trx, hashOfToken(token));
    if (held === undefined || !(await revokeSession(trx, held.sessionId, 'sign-out'))) return;
    await insertEvent(trx, { accountId: held.accountId, sessionId: held.sessionId, kind: 'sign_out', client: digest });
  });
}

/** With `newOn`, what the machine of a new session says of itself from now on. */
async function issue(deps: TokenDeps, sessionId: string, refreshToken: string, newOn?: Client): Promise<IssuedTokens> {
  const standing = await findStanding(deps.db, sessionId);
  if (standing === undefined) throw new AppError('refresh_invalid');
  // Decided at every token, so that who leaves the staff list loses the role within one access token's life.
  const { role, enrol } = await roleOf(deps, standing);
  const { kid, key } = await deps.signingKey();
  const now = Math.floor(deps.clock.now() / 1000);
  const addresses = contactsOf(standing).map(({ address }) => address);
  const accessToken = await new SignJWT({ role, sid: sessionId, auth_time: standing.signedInAt })
    .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid })
    .setIssuer(tokenIssuerOf(deps.region))
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(standing.accountId)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ACCESS_SECONDS)
    .sign(key);
  return {
    accessToken,
    tokenType: 'Bearer',
    expiresInSeconds: ACCESS_SECONDS,
    refreshToken,
    account: { id: standing.accountId, role, region: deps.region },
    ...(enrol ? { enrol } : {}),
    ...(newOn === undefined ? {} : { deviceToken: deviceTokenOf(await deps.secrets.pepper(), addresses, newOn) }),
  };
}
