import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';

import type { AccountRole, Tokens } from '#contracts/auth.ts';
import { ACCESS_TOKEN_TYPE, TOKEN_AUDIENCE, tokenIssuerOf } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
import type { SigningKey } from '../jwks/keys.ts';
import { hashOf, newRefreshToken, successorOf } from './refresh-token.ts';
import { findAccount, hasToken, insertSession, insertToken, lockToken, markRotated, revokeSession } from './tokens.repository.ts';

const ACCESS_SECONDS = 15 * 60;
/** A refresh token that is not used for this long dies; a session ends after SESSION_SECONDS however busy it is. */
export const IDLE_SECONDS = 7 * 24 * 3600;
const SESSION_SECONDS = 30 * 24 * 3600;
/** Within this time a rotated token gives its successor again: two tabs, or an answer that was lost, are no theft. */
const GRACE_SECONDS = 10;

export type TokenDeps = Pick<AuthDeps, 'region' | 'db' | 'secrets' | 'clock' | 'log'> & { readonly signingKey: () => Promise<SigningKey> };
export type IssuedTokens = Tokens & { readonly refreshToken: string };

/** Starts a session for an account that has just proved itself. */
export async function startSession(deps: TokenDeps, accountId: string): Promise<IssuedTokens> {
  const refreshToken = newRefreshToken();
  await deps.db.transaction().execute(async (trx) => {
    const sessionId = randomUUID();
    await insertSession(trx, sessionId, accountId, SESSION_SECONDS);
    await insertToken(trx, hashOf(refreshToken), sessionId, IDLE_SECONDS);
  });
  return issue(deps, { accountId, signedInAt: Math.floor(deps.clock.now() / 1000) }, refreshToken);
}

/**
 * Trades a refresh token for its successor and a new access token. A token that was traded before, outside the grace, ends its session:
 * either the client or a thief holds a copy, and nobody can tell which. Throws AppError `refresh_invalid`.
 */
export async function refreshSession(deps: TokenDeps, token: string): Promise<IssuedTokens> {
  const pepper = await deps.secrets.pepper();
  const hash = hashOf(token);
  const successor = successorOf(pepper, token);
  // What is decided here must stay, so it does not throw: a rollback would undo the revocation.
  const outcome = await deps.db.transaction().execute(async (trx) => {
    const held = await lockToken(trx, hash);
    if (held === undefined || !held.live) return undefined;
    if (held.rotatedSecondsAgo === null) {
      await markRotated(trx, hash);
      await insertToken(trx, hashOf(successor), held.sessionId, IDLE_SECONDS);
      return held;
    }
    // Where the pepper was rotated in between, the derived successor is none of ours.
    if (held.rotatedSecondsAgo <= GRACE_SECONDS && (await hasToken(trx, hashOf(successor)))) return held;
    await revokeSession(trx, held.sessionId, 'reuse');
    deps.log.warn({ sessionId: held.sessionId, accountId: held.accountId }, 'a used refresh token came back; its session is revoked');
    return undefined;
  });
  if (outcome === undefined) throw new AppError('refresh_invalid');
  return issue(deps, outcome, successor);
}

/** Ends the session of `token`. A token that is unknown or over already is as signed out as it gets. */
export async function endSession(deps: TokenDeps, token: string): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const held = await lockToken(trx, hashOf(token));
    if (held !== undefined) await revokeSession(trx, held.sessionId, 'sign-out');
  });
}

/** `signedInAt` (seconds since the epoch) is when the person proved who they are: OpenID Connect Core, section 2, `auth_time`. A refresh does not move it. */
async function issue(
  deps: TokenDeps,
  proved: { readonly accountId: string; readonly signedInAt: number },
  refreshToken: string,
): Promise<IssuedTokens> {
  const account = await findAccount(deps.db, proved.accountId);
  if (account === undefined) throw new AppError('refresh_invalid');
  // Decided at every token, so that who leaves the staff list loses the role within one access token's life.
  const role: AccountRole = (await deps.secrets.isAdmin(account.email)) ? 'admin' : account.role;
  const { kid, key } = await deps.signingKey();
  const now = Math.floor(deps.clock.now() / 1000);
  const accessToken = await new SignJWT({ role, auth_time: proved.signedInAt })
    .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid })
    .setIssuer(tokenIssuerOf(deps.region))
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(account.id)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ACCESS_SECONDS)
    .sign(key);
  return {
    accessToken,
    tokenType: 'Bearer',
    expiresInSeconds: ACCESS_SECONDS,
    refreshToken,
    account: { id: account.id, role, region: deps.region },
  };
}
