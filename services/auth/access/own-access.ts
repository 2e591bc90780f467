import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';

import { accessFrom, accessOf, type Access } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import type { AuthDeps } from '../deps.ts';
import { publicKeysOf } from '../jwks/keys.ts';
import type { SigningKeys } from '../secrets.ts';
import { roleOf } from '../standing/role.ts';
import { findStanding } from '../standing/standing.repository.ts';

type Deps = Pick<AuthDeps, 'region' | 'secrets' | 'db' | 'staffSecondFactor'>;

/**
 * Reads the region's tokens by the keys of auth's own secret, so that one that has just come in counts at once. Other services believe a token for its 15
 * minutes; auth, which gives roles and ends sessions, asks besides whether its session is still there, and whether the role in it still holds.
 */
export function createOwnAccess(deps: Deps): Access {
  const signed = accessFrom(deps.region, ownKeys(deps));
  return accessOf(async (request) => {
    const caller = await signed.callerOf(request);
    if (caller === undefined) return undefined;
    const standing = caller.sessionId === undefined ? undefined : await findStanding(deps.db, caller.sessionId);
    if (standing?.accountId !== caller.accountId) throw new AppError('unauthenticated', { detail: 'The session has ended.' });
    // A token that says less than is true by now may be used on: it is about to be renewed.
    if (caller.role !== 'customer' && caller.role !== (await roleOf(deps, standing)).role) {
      throw new AppError('unauthenticated', { detail: 'The role in the access token has changed: refresh it.' });
    }
    return caller;
  });
}

function ownKeys({ secrets }: Pick<AuthDeps, 'secrets'>): JWTVerifyGetKey {
  const sets = new WeakMap<SigningKeys, JWTVerifyGetKey>();
  return async (header, token) => {
    const held = await secrets.signingKeys();
    const set = sets.get(held) ?? createLocalJWKSet(publicKeysOf(held));
    sets.set(held, set);
    return set(header, token);
  };
}
