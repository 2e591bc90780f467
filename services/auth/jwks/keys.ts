import { type CryptoKey, importJWK, type JWK } from 'jose';

import type { Clock } from '#platform/clock.ts';

import type { AuthSecrets, SigningKeys } from '../secrets.ts';

export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey | Uint8Array;
}

type HeldKey = SigningKeys['keys'][number];

/**
 * The key that signs now: the first whose time has come, or that has none. So a key is published from the moment that it is in the secret, and signs when every
 * cache has seen it, with nobody there to say so. Throws where no key's time has come. Pure.
 */
export function signingKeyOf({ keys }: SigningKeys, nowMs: number): HeldKey {
  const found = keys.find(({ signFrom }) => signFrom === undefined || Date.parse(signFrom) <= nowMs);
  if (found === undefined) throw new Error('there is no signing key whose time has come');
  return found;
}

/** Reads the key that signs; each is imported once for as long as the secret stays the same object in the cache. */
export function signingKeyReader({
  secrets,
  clock,
}: {
  secrets: Pick<AuthSecrets, 'signingKeys'>;
  clock: Clock;
}): () => Promise<SigningKey> {
  const imported = new WeakMap<HeldKey, Promise<SigningKey>>();
  return async () => {
    const held = signingKeyOf(await secrets.signingKeys(), clock.now());
    const known = imported.get(held);
    if (known !== undefined) return known;
    const fresh = importKey(held);
    imported.set(held, fresh);
    return fresh;
  };
}

async function importKey({ kid, kty, crv, x, d }: HeldKey): Promise<SigningKey> {
  return { kid, key: await importJWK({ kty, crv, x, d }, 'EdDSA') };
}

/** The public halves (RFC 7517), field by field, so that nothing private can slip through. */
export function publicKeysOf({ keys }: SigningKeys): { keys: JWK[] } {
  return { keys: keys.map(({ kid, kty, crv, x }) => ({ kid, kty, crv, x, alg: 'EdDSA', use: 'sig' })) };
}
