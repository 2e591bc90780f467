import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { Type, type Static } from 'typebox';

import type { Secrets } from '#platform/secrets/index.ts';

const Jwk = Type.Object({ kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: Type.String(), d: Type.Optional(Type.String()) });
const SigningKey = Type.Object({ keyId: Type.String({ minLength: 1 }), privateKey: Jwk });
const PeerKeys = Type.Object({ keys: Type.Array(Type.Object({ keyId: Type.String({ minLength: 1 }), publicKey: Jwk }), { minItems: 1 }) });

/** The keys of one side of the border: our own to sign with, the peer's to check with. Both follow a rotation of their secrets. */
export interface SyncKeys {
  signing(): Promise<{ keyId: string; key: KeyObject }>;
  /** The peer's public key called `keyId`, or undefined. An unknown one makes the secret be read afresh, once. */
  peer(keyId: string): Promise<KeyObject | undefined>;
}

const SIGNING_KEY = 'madeinworld/sync/signing-key';
const PEER_KEYS = 'madeinworld/sync/peer-keys';
const MOST_KEYS = 20;

/** Makes a key once for each text that it is made of: it is asked for with every request, and reading one costs as much as signing. */
function remembering(make: (jwk: Static<typeof Jwk>) => KeyObject): (jwk: Static<typeof Jwk>) => KeyObject {
  const made = new Map<string, KeyObject>();
  return (jwk) => {
    const id = `${jwk.x} ${jwk.d ?? ''}`;
    const known = made.get(id) ?? make(jwk);
    // Rotations leave old ones behind.
    if (made.size >= MOST_KEYS) made.clear();
    made.set(id, known);
    return known;
  };
}

const publicKeyOf = ({ kty, crv, x }: Static<typeof Jwk>): KeyObject => createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
const privateKeyOf = ({ kty, crv, x, d = '' }: Static<typeof Jwk>): KeyObject =>
  createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });

export function createSyncKeys(secrets: Secrets): SyncKeys {
  const publicKey = remembering(publicKeyOf);
  const privateKey = remembering(privateKeyOf);
  async function findPeer(keyId: string): Promise<KeyObject | undefined> {
    const { keys } = await secrets.json(PEER_KEYS, PeerKeys);
    const found = keys.find((key) => key.keyId === keyId);
    return found === undefined ? undefined : publicKey(found.publicKey);
  }
  let refreshedAt = 0;
  return {
    async signing() {
      const { keyId, privateKey: jwk } = await secrets.json(SIGNING_KEY, SigningKey);
      if (jwk.d === undefined) throw new Error(`${SIGNING_KEY} holds no private key`);
      return { keyId, key: privateKey(jwk) };
    },
    async peer(keyId) {
      const known = await findPeer(keyId);
      // Strangers must not be able to make us ask for secrets at every request.
      if (known !== undefined || Date.now() - refreshedAt < 5_000) return known;
      refreshedAt = Date.now();
      secrets.invalidate(PEER_KEYS);
      return findPeer(keyId);
    },
  };
}
