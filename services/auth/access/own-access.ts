import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';

import { accessFrom, type Access } from '#platform/access.ts';

import type { AuthDeps } from '../deps.ts';
import { publicKeysOf } from '../jwks/keys.ts';
import type { SigningKeys } from '../secrets.ts';

/** Reads the region's tokens by the keys of auth's own secret, so that one that has just come in counts at once. */
export function createOwnAccess(deps: Pick<AuthDeps, 'region' | 'secrets'>): Access {
  return accessFrom(deps.region, ownKeys(deps));
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
