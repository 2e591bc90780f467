import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { showDuration } from '../faults/quantities.ts';
import { tokenSigningKeys } from '../supervisor/secrets.ts';
import type { Region } from '../topology/regions.ts';
import { secretStore, type Stores } from './store.ts';

/** A key of auth's. `retiredAt` is ours: since when it does not sign any more. */
const Key = Type.Object({ kid: Type.String(), retiredAt: Type.Optional(Type.String()) }, { additionalProperties: true });
const Document = Type.Object({ keys: Type.Array(Key, { minItems: 1 }) });
type Key = Static<typeof Key>;

/** An access token lives 15 minutes; what signed the last one must be published until then (services/auth/README.md). */
const RETIRED_FOR_MS = 20 * 60_000;

/**
 * Gives auth another key to sign tokens with, as services/auth/README.md says: it is published, after `overlapMs` it signs, and the one before it stays
 * published. Keys that no living token is signed with any more go with the next rotation.
 */
export async function rotateTokenKeys(stores: Stores, region: Region, overlapMs: number, note: (text: string) => void): Promise<string> {
  const store = secretStore(stores, region);
  const change = (make: (keys: readonly Key[]) => readonly Key[]): Promise<void> =>
    store.change(tokenSigningKeys, (value) => JSON.stringify({ keys: make(Value.Parse(Document, JSON.parse(value)).keys) }));
  const kid = randomBytes(9).toString('base64url');
  const fresh = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
  await change((keys) => [...publishedStill(keys, Date.now()), fresh]);
  note(`${region} ${tokenSigningKeys}: ${kid} is published, and signs in ${showDuration(overlapMs)}`);
  await wait(overlapMs);
  await change((keys) => {
    const [signing, ...others] = keys.filter((key) => key.kid !== kid);
    if (signing === undefined) throw new Error(`${tokenSigningKeys} was changed meanwhile: it holds no key but the new one`);
    return [fresh, { ...signing, retiredAt: new Date().toISOString() }, ...others];
  });
  return `${kid} signs; the one before is published until the next rotation`;
}

/** The key that signs, and those by which a living token may be signed. One that never signed was left by a rotation that was broken off. */
function publishedStill([signing, ...others]: readonly Key[], nowMs: number): readonly Key[] {
  const still = others.filter(({ retiredAt }) => retiredAt !== undefined && nowMs - Date.parse(retiredAt) < RETIRED_FOR_MS);
  return signing === undefined ? still : [signing, ...still];
}
