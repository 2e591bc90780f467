import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { expect, test } from 'vitest';

import { cacheSecrets } from '#platform/secrets/cache.ts';

import { createSyncKeys } from './keys.ts';

const SIGNING = 'madeinworld/sync/signing-key';
const PEERS = 'madeinworld/sync/peer-keys';
const jwk = (key: KeyObject): object => key.export({ format: 'jwk' });

test('keys are those of their secrets, also when a secret gives another key under the same name', async () => {
  const [first, second] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const held = new Map<string, object>();
  const secrets = cacheSecrets({ get: async (name) => JSON.stringify(held.get(name)), close: () => undefined });
  const keys = createSyncKeys(secrets);
  for (const { privateKey, publicKey } of [first, second, first]) {
    held.set(SIGNING, { keyId: 'k', privateKey: jwk(privateKey) });
    held.set(PEERS, { keys: [{ keyId: 'k', publicKey: jwk(publicKey) }] });
    secrets.invalidate(SIGNING);
    secrets.invalidate(PEERS);
    expect(createPublicKey((await keys.signing()).key).equals(publicKey)).toBe(true);
    expect((await keys.peer('k'))?.equals(publicKey)).toBe(true);
  }
});
