import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { createPolicies, entityPolicies } from '#contracts/sync-policy.ts';
import type { App } from '#platform/app.ts';
import { systemClock, type Clock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';

import { buildIngestApp } from '../ingest/app.ts';
import type { SyncKeys } from '../keys.ts';
import type { IngestObserver } from '../operate/observer.ts';
import { createOwnSide, type OwnSide } from '../reconcile/side.ts';
import type { DeliverDeps } from '../worker/deliver.ts';
import { createGate } from '../worker/flow/gate.ts';
import { defaultLimits } from '../worker/flow/limits.ts';
import { connectPeer, type Peer } from '../worker/post.ts';
import { createReadSizes } from '../worker/read-sizes.ts';
import { openBoth, takeItems, type TestRegion } from './regions.ts';

export const P1 = '00000000-0000-5000-8000-000000000001';
export const P2 = '00000000-0000-5000-8000-000000000002';
export const C1 = '00000000-0000-5000-8000-0000000000c1';
export const log = createLogger({ level: 'silent', region: 'test' });
export const policies = createPolicies(entityPolicies);
export const never: AbortSignal = new AbortController().signal;

export interface Party {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Somebody who signs, with a key pair of its own. */
export const party = (keyId: string): Party => ({ keyId, ...generateKeyPairSync('ed25519') });
export const worldKey = party('world-1');
export const chinaKey = party('china-1');

export function keysOf(own: Party, peers: readonly Party[]): SyncKeys {
  return {
    signing: async () => ({ keyId: own.keyId, key: own.privateKey }),
    peer: async (keyId) => peers.find((peer) => peer.keyId === keyId)?.publicKey,
  };
}

/** Two regions with China's ingest listening, and peers that post to it. */
export interface Border {
  readonly world: TestRegion;
  readonly china: TestRegion;
  readonly ingest: App;
  readonly ingestUrl: string;
  /** What each region compares with in a reconciliation. */
  readonly sides: { readonly world: OwnSide; readonly china: OwnSide };
  /** What is closed with the border. */
  readonly opened: { close(): unknown }[];
  peerAt(url: string, keys?: SyncKeys, clock?: Clock): Peer;
  /** Opens the world's ingest too; answers its address. */
  openWorldIngest(): Promise<string>;
  close(): Promise<void>;
}

export async function openBorder(
  mostBacklog = 1_000_000,
  observe: (region: TestRegion) => IngestObserver | undefined = () => undefined,
): Promise<Border> {
  const { world, china, close } = await openBoth();
  const opened: { close(): unknown }[] = [];
  const sideOf = ({ sync }: TestRegion): OwnSide =>
    createOwnSide({ pool: sync, policies, queued: async () => 0, publish: async () => 0, mostBacklog });
  const sides = { world: sideOf(world), china: sideOf(china) };
  const listen = async (pool: TestRegion, own: Party, peer: Party): Promise<{ app: App; url: string }> => {
    const readiness = { draining: false, checks: {} };
    const observer = observe(pool);
    const app = buildIngestApp({
      pool: pool.sync,
      policies,
      keys: keysOf(own, [peer]),
      log,
      clock: systemClock,
      readiness,
      side: sides[pool.region],
      ...(observer === undefined ? {} : { observer }),
    });
    return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
  };
  const { app: ingest, url: ingestUrl } = await listen(china, chinaKey, worldKey);
  return {
    world,
    china,
    ingest,
    ingestUrl,
    sides,
    opened,
    peerAt(url, keys = keysOf(worldKey, [chinaKey]), clock = systemClock) {
      const peer = connectPeer({ url, region: 'world', keys, clock, timeoutMs: 20_000 });
      opened.push(peer);
      return peer;
    },
    async openWorldIngest() {
      const { app, url } = await listen(world, worldKey, chinaKey);
      opened.push(app);
      return url;
    },
    async close() {
      // Whoever posts goes before those who answer: an open connection keeps a server from closing.
      for (const one of opened.toReversed()) await one.close();
      await ingest.close();
      await close();
    },
  };
}

/** What a worker of `region` has to send with. */
export const senderOf = (region: TestRegion, peer: Peer, limits = defaultLimits): DeliverDeps => ({
  pool: region.sync,
  policies,
  peer,
  gate: createGate(limits, systemClock),
  sizes: createReadSizes(),
  clock: systemClock,
  log,
});

export async function product(
  region: TestRegion,
  id: string,
  sku: string,
  extra: { category?: string; price?: number } = {},
): Promise<void> {
  await region.catalog.query('INSERT INTO catalog.product (id, sku, name, price_minor, category_id) VALUES ($1, $2, $2, $3, $4)', [
    id,
    sku,
    extra.price ?? 100,
    extra.category ?? null,
  ]);
}

/** What changed in `from` since it was last asked, as a worker would send it. */
export async function changes(from: TestRegion): Promise<{ entity: string; items: string[] }[]> {
  return [...(await takeItems(from))].map(([entity, items]) => ({ entity, items }));
}

export const skus = async (region: TestRegion): Promise<string[]> =>
  (await region.owner.query<{ sku: string }>('SELECT sku FROM catalog.product ORDER BY sku')).rows.map((row) => row.sku);

export const parked = async (region: TestRegion): Promise<{ key: string; reason: string }[]> =>
  (await region.owner.query<{ key: string; reason: string }>('SELECT key, reason FROM sync.parked ORDER BY key')).rows;
