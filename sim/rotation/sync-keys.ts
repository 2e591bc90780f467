import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { showDuration } from '../faults/quantities.ts';
import { inspectorRole, withClient, withRole } from '../postgres/provision.ts';
import { readRolePasswords, syncKeyPair, syncPeerKeys, syncSigningKey } from '../supervisor/secrets.ts';
import { peerOf, type Region } from '../topology/regions.ts';
import { secretStore, type Stores } from './store.ts';

const SigningKey = Type.Object({ keyId: Type.String(), privateKey: Type.Unknown() });
const PeerKeys = Type.Object({ keys: Type.Array(Type.Object({ keyId: Type.String(), publicKey: Type.Unknown() })) });

/** Processes read secrets at most a minute old (docs/security.md). */
const READ_WITHIN_MS = 65_000;
/** A region whose secret store does not answer may sign with an old key for up to an hour: that is not waited for. */
const UNUSED_WITHIN_MS = 10 * 60_000;

/**
 * Gives a region another key to sign with at the border, in the steps of docs/security.md: the peer knows the new one, after `overlapMs` it signs, and once
 * nothing is signed with the old one any more the peer forgets that. Throws where the old one is still in use after ten minutes: both are known then.
 */
export async function rotateSyncKeys(stores: Stores, region: Region, overlapMs: number, note: (text: string) => void): Promise<string> {
  const peer = peerOf(region);
  const [own, theirs] = [secretStore(stores, region), secretStore(stores, peer)];
  const old = Value.Parse(SigningKey, JSON.parse(own.read(syncSigningKey))).keyId;
  const known = keysIn(theirs.read(syncPeerKeys)).map((key) => key.keyId);
  const pair = syncKeyPair(nextKeyId(region, [old, ...known]));
  await theirs.change(syncPeerKeys, (value) =>
    JSON.stringify({ keys: [...keysIn(value), { keyId: pair.keyId, publicKey: pair.publicKey }] }),
  );
  note(`${region} ${syncSigningKey}: ${peer} knows ${pair.keyId}, which signs in ${showDuration(overlapMs)}`);
  await wait(overlapMs);
  await own.change(syncSigningKey, () => JSON.stringify({ keyId: pair.keyId, privateKey: pair.privateKey }));
  note(`${region} ${syncSigningKey}: ${pair.keyId} signs; ${peer} forgets ${old} when nothing is signed with it any more`);
  await wait(READ_WITHIN_MS);
  await untilUnused(stores, peer, old);
  await theirs.change(syncPeerKeys, (value) => JSON.stringify({ keys: keysIn(value).filter(({ keyId }) => keyId === pair.keyId) }));
  return `${pair.keyId} signs; ${peer} has forgotten ${old}`;
}

function keysIn(value: string) {
  return Value.Parse(PeerKeys, JSON.parse(value)).keys;
}

/** `world-3` after `world-2`. */
export function nextKeyId(region: Region, known: readonly string[]): string {
  const numbers = known.map((keyId) => Number(/-(\d+)$/.exec(keyId)?.[1] ?? 0));
  return `${region}-${Math.max(...numbers) + 1}`;
}

/** Waits until no signature with the key can be valid any more, by the nonces that the peer keeps as long as one is. */
async function untilUnused({ paths, state }: Stores, peer: Region, keyId: string): Promise<void> {
  const url = state.addresses[`${peer}:postgres`];
  if (url === undefined) throw new RangeError(`${peer}:postgres has not been started`);
  await withClient(withRole(url, inspectorRole, readRolePasswords(paths, peer)[inspectorRole]), async (client) => {
    for (const endMs = Date.now() + UNUSED_WITHIN_MS; Date.now() < endMs; await wait(2_000)) {
      if (!(await isUsed(client, keyId))) return;
    }
    throw new Error(`${keyId} still signs after ${showDuration(UNUSED_WITHIN_MS)}: ${peer} knows both keys; rotate once more later`);
  });
}

async function isUsed(client: pg.Client, keyId: string): Promise<boolean> {
  const found = await client.query<{ used: boolean | null }>('SELECT max(expires_at) > now() AS used FROM sync.nonce WHERE key_id = $1', [
    keyId,
  ]);
  return found.rows[0]?.used === true;
}
