import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { showDuration } from '../faults/quantities.ts';
import { tokenSigningKeys } from '../supervisor/secrets.ts';
import type { Region } from '../topology/regions.ts';
import { secretStore, type Stores } from './store.ts';

/** A key of auth's, which begins to sign at `signFrom`. `retiredAt` is ours: since when it does not sign any more. */
const Key = Type.Object(
  { kid: Type.String(), signFrom: Type.Optional(Type.String()), retiredAt: Type.Optional(Type.String()) },
  { additionalProperties: true },
);
const Document = Type.Object({ keys: Type.Array(Key, { minItems: 1 }) });
export type TokenKey = Static<typeof Key>;

/** An access token lives 15 minutes; what signed the last one must be published until then (services/auth/README.md). */
const RETIRED_FOR_MS = 20 * 60_000;

/**
 * Gives auth another key to sign tokens with, as services/auth/README.md says: it is published at once and signs after `overlapMs`, which the secret itself says,
 * so that a rotation that is broken off is none the less complete. The one before it stays published until no living token is signed with it.
 */
export async function rotateTokenKeys(stores: Stores, region: Region, overlapMs: number, note: (text: string) => void): Promise<string> {
  const kid = randomBytes(9).toString('base64url');
  const fresh = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
  await secretStore(stores, region).change(tokenSigningKeys, (value) => {
    const { keys } = Value.Parse(Document, JSON.parse(value));
    return JSON.stringify({ keys: withNewKey(keys, fresh, Date.now(), overlapMs) });
  });
  note(`${region} ${tokenSigningKeys}: ${kid} is published, and signs in ${showDuration(overlapMs)}`);
  await wait(overlapMs);
  return `${kid} signs; the one before is published until the next rotation`;
}

/** The keys with `fresh`, which signs in `overlapMs`: besides it the one that signs until then, and those by which a living token may be signed. Pure. */
export function withNewKey(keys: readonly TokenKey[], fresh: TokenKey, nowMs: number, overlapMs: number): TokenKey[] {
  const at = new Date(nowMs + overlapMs).toISOString();
  // One whose time has not come has signed nothing: it was left by a rotation that this one follows too soon.
  const signing = keys.find(({ signFrom }) => signFrom === undefined || Date.parse(signFrom) <= nowMs);
  if (signing === undefined) throw new Error(`${tokenSigningKeys} holds no key that signs now`);
  const others = keys.slice(keys.indexOf(signing) + 1);
  const still = others.filter(({ retiredAt }) => retiredAt !== undefined && nowMs - Date.parse(retiredAt) < RETIRED_FOR_MS);
  return [{ ...fresh, signFrom: at }, { ...signing, retiredAt: at }, ...still];
}
