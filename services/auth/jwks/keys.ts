import { type CryptoKey, importJWK, type JWK } from 'jose';

import type { AuthSecrets, SigningKeys } from '../secrets.ts';

export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey | Uint8Array;
}

/** Reads the key that signs; it is imported once for as long as the secret stays the same object in the cache. */
export function signingKeyReader(secrets: AuthSecrets): () => Promise<SigningKey> {
  const imported = new WeakMap<SigningKeys, Promise<SigningKey>>();
  return async () => {
    const held = await secrets.signingKeys();
    const known = imported.get(held);
    if (known !== undefined) return known;
    const fresh = importFirst(held);
    imported.set(held, fresh);
    return fresh;
  };
}

async function importFirst({ keys }: SigningKeys): Promise<SigningKey> {
  const [first] = keys;
  if (first === undefined) throw new Error('there is no signing key');
  return { kid: first.kid, key: await importJWK(first, 'EdDSA') };
}

/** The public halves (RFC 7517), field by field, so that nothing private can slip through. */
export function publicKeysOf({ keys }: SigningKeys): { keys: JWK[] } {
  return { keys: keys.map(({ kid, kty, crv, x }) => ({ kid, kty, crv, x, alg: 'EdDSA', use: 'sig' })) };
}
