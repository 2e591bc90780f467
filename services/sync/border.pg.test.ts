import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import type { App } from '#platform/app.ts';
import { createLogger } from '#platform/log.ts';

import { buildIngestApp } from './ingest/app.ts';
import { retryParked, reviveOverdue } from './ingest/parked.ts';
import type { SyncKeys } from './keys.ts';
import { connectPeer, NotAcknowledged, type Peer } from './worker/post.ts';
import { openBoth, takeItems, type TestRegion } from './testing/regions.ts';

const P1 = '00000000-0000-5000-8000-000000000001';
const P2 = '00000000-0000-5000-8000-000000000002';
const C1 = '00000000-0000-5000-8000-0000000000c1';
const log = createLogger({ level: 'silent', region: 'test' });
const never = new AbortController().signal;

interface Party {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const party = (keyId: string): Party => ({ keyId, ...generateKeyPairSync('ed25519') });
const worldKey = party('world-1');
const chinaKey = party('china-1');

function keysOf(own: Party, peers: readonly Party[]): SyncKeys {
  return {
    signing: async () => ({ keyId: own.keyId, key: own.privateKey }),
    peer: async (keyId) => peers.find((peer) => peer.keyId === keyId)?.publicKey,
  };
}

let world: TestRegion;
let china: TestRegion;
let closeRegions: () => Promise<void>;
let ingest: App;
let ingestUrl: string;
const open: (Peer | Server)[] = [];

beforeEach(async () => {
  ({ world, china, close: closeRegions } = await openBoth());
  ingest = buildIngestApp({
    pool: china.sync,
    keys: keysOf(chinaKey, [worldKey]),
    log,
    clock: systemClock,
    readiness: { draining: false, checks: {} },
  });
  ingestUrl = await ingest.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => one.close()));
  await ingest.close();
  await closeRegions();
});

function peerAt(url: string, keys = keysOf(worldKey, [chinaKey]), clock = systemClock): Peer {
  const peer = connectPeer({ url, region: 'world', keys, clock, timeoutMs: 5_000 });
  open.push(peer);
  return peer;
}
/** A server that stands where the peer should be. */
async function impostor(answer: (body: Buffer) => { status: number; headers?: Record<string, string>; body: string }): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, headers, body } = answer(Buffer.concat(chunks));
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function product(region: TestRegion, id: string, sku: string, extra: { category?: string; price?: number } = {}): Promise<void> {
  await region.catalog.query('INSERT INTO catalog.product (id, sku, name, price_minor, category_id) VALUES ($1, $2, $2, $3, $4)', [
    id,
    sku,
    extra.price ?? 100,
    extra.category ?? null,
  ]);
}
async function changes(from: TestRegion): Promise<{ entity: string; items: string[] }[]> {
  return [...(await takeItems(from))].map(([entity, items]) => ({ entity, items }));
}
const skus = async (region: TestRegion): Promise<string[]> =>
  (await region.owner.query<{ sku: string }>('SELECT sku FROM catalog.product ORDER BY sku')).rows.map((row) => row.sku);
const parked = async (region: TestRegion): Promise<{ key: string; reason: string }[]> =>
  (await region.owner.query<{ key: string; reason: string }>('SELECT key, reason FROM sync.parked ORDER BY key')).rows;

describe('over the border', () => {
  test('a signed batch is applied, and its answer is signed and complete', async () => {
    await product(world, P1, 'A');
    await product(world, P2, 'B');
    const results = await peerAt(ingestUrl).apply(await changes(world), never);
    expect(results).toEqual([
      { outcome: 'applied', reason: null },
      { outcome: 'applied', reason: null },
    ]);
    expect(await skus(china)).toEqual(['A', 'B']);
  });

  test('a child that came first is applied when its parent comes', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await product(world, P1, 'A', { category: C1 });
    const groups = await changes(world);
    const peer = peerAt(ingestUrl);
    const children = groups.filter((group) => group.entity === 'catalog.product');
    expect(await peer.apply(children, never)).toEqual([{ outcome: 'parked', reason: 'missing_parent' }]);
    await peer.apply(
      groups.filter((group) => group.entity === 'catalog.category'),
      never,
    );
    expect(await skus(china)).toEqual(['A']);
    expect(await parked(china)).toEqual([]);
  });

  test('a child whose parent appears by a local write is released by a sweep', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await product(world, P1, 'A', { category: C1 });
    await peerAt(ingestUrl).apply(
      (await changes(world)).filter((group) => group.entity === 'catalog.product'),
      never,
    );
    await china.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    expect(await retryParked(china.sync, log)).toBe(1);
    expect(await skus(china)).toEqual(['A']);
  });

  test('a parent that more wait for than one round takes sets them all free', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    await world.catalog.query(
      `INSERT INTO catalog.product (id, sku, name, price_minor, category_id) SELECT gen_random_uuid(), 'M' || n, 'n', 1, $1 FROM generate_series(1, 1100) n`,
      [C1],
    );
    const groups = await changes(world);
    const peer = peerAt(ingestUrl);
    await peer.apply(
      groups.filter((group) => group.entity === 'catalog.product'),
      never,
    );
    expect(await parked(china)).toHaveLength(1100);
    await peer.apply(
      groups.filter((group) => group.entity === 'catalog.category'),
      never,
    );
    expect(await parked(china)).toEqual([]);
  });

  test('a parent deleted there while a child was made here comes back to life on both sides', async () => {
    await world.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, 'c', 'C')`, [C1]);
    const worldIngest = buildIngestApp({
      pool: world.sync,
      keys: keysOf(worldKey, [chinaKey]),
      log,
      clock: systemClock,
      readiness: { draining: false, checks: {} },
    });
    const worldUrl = await worldIngest.listen({ host: '127.0.0.1', port: 0 });
    try {
      const [toChina, toWorld] = [peerAt(ingestUrl), peerAt(worldUrl, keysOf(chinaKey, [worldKey]))];
      await toChina.apply(await changes(world), never);
      await world.catalog.query('DELETE FROM catalog.category');
      await product(china, P1, 'A', { category: C1 });
      const [deletion, child] = [await changes(world), await changes(china)];
      expect(await toChina.apply(deletion, never)).toEqual([{ outcome: 'parked', reason: 'still_needed' }]);
      expect(await reviveOverdue(china.sync, 60_000, log)).toBe(0);
      expect(await reviveOverdue(china.sync, 0, log)).toBe(1);
      expect(await toWorld.apply(child, never)).toEqual([{ outcome: 'parked', reason: 'missing_parent' }]);
      expect(await toWorld.apply(await changes(china), never)).toEqual([{ outcome: 'applied', reason: null }]);
      expect([await skus(world), await parked(world), await parked(china)]).toEqual([['A'], [], []]);
      const states = await Promise.all(
        [world, china].map(async (region) => (await region.owner.query('SELECT slug, version, origin, vector FROM catalog.category')).rows),
      );
      expect(states[0]).toHaveLength(1);
      expect(states[0]).toEqual(states[1]);
    } finally {
      await worldIngest.close();
    }
  });

  const CATEGORY = 'INSERT INTO catalog.category (id, slug, name, parent_id) VALUES ($1::uuid, $1::uuid::text, $1::uuid::text, $2)';
  const categories = async (region: TestRegion): Promise<number> =>
    (await region.owner.query('SELECT FROM catalog.category')).rowCount ?? -1;
  const node = (n: number): string => C1.replace(/c1$/, `d${n}`);

  test.each([
    ['its children are deleted first', 'DELETE FROM catalog.product'],
    ['its children leave it first', 'UPDATE catalog.product SET category_id = NULL'],
  ])('a parent is deleted when %s, in one batch or in two', async (_name, first) => {
    const peer = peerAt(ingestUrl);
    for (const apart of [false, true]) {
      await world.catalog.query(CATEGORY, [C1, null]);
      await product(world, P1, 'A', { category: C1 });
      await peer.apply(await changes(world), never);
      await world.catalog.query(first);
      const child = await changes(world);
      await world.catalog.query('DELETE FROM catalog.category');
      const parent = await changes(world);
      if (apart) {
        expect(await peer.apply(parent, never)).toEqual([{ outcome: 'parked', reason: 'still_needed' }]);
        await peer.apply(child, never);
      } else await peer.apply([...parent, ...child], never);
      expect([await categories(china), await parked(china)]).toEqual([0, []]);
      await world.catalog.query('DELETE FROM catalog.product');
      await peer.apply(await changes(world), never).catch(() => undefined);
    }
  });

  test('a tree is deleted whole, in whatever order its nodes come', async () => {
    const peer = peerAt(ingestUrl);
    for (const [n, parent] of [
      [1, null],
      [2, node(1)],
      [3, node(2)],
    ] as const)
      await world.catalog.query(CATEGORY, [node(n), parent]);
    await peer.apply(await changes(world), never);
    for (const n of [3, 2, 1]) await world.catalog.query('DELETE FROM catalog.category WHERE id = $1', [node(n)]);
    const [deleted] = await changes(world);
    expect(
      (await peer.apply([{ entity: 'catalog.category', items: deleted?.items.toSorted() ?? [] }], never)).map(({ outcome }) => outcome),
    ).toEqual(['applied', 'applied', 'applied']);
    expect([await categories(china), await parked(china)]).toEqual([0, []]);
  });

  test('what a woken parent is the parent of wakes too', async () => {
    const peer = peerAt(ingestUrl);
    for (const [n, parent] of [
      [1, null],
      [2, node(1)],
      [3, node(2)],
    ] as const)
      await world.catalog.query(CATEGORY, [node(n), parent]);
    await product(world, P1, 'A', { category: node(3) });
    const groups = await changes(world);
    const single = groups.flatMap(({ entity, items }) => items.map((item) => [{ entity, items: [item] }]));
    const deepestFirst = single.toSorted(([a], [b]) => (String(a?.entity) + a?.items[0] < String(b?.entity) + b?.items[0] ? 1 : -1));
    for (const one of deepestFirst) await peer.apply(one, never);
    expect([await categories(china), await skus(china), await parked(china)]).toEqual([3, ['A'], []]);
  });

  test('what can be applied does not starve behind what cannot', async () => {
    await china.owner.query(`
      INSERT INTO sync.parked (entity, key, version, origin, item, reason)
      SELECT 'catalog.product', id, 1, 'world#1', json_build_object('$k', id, '$v', '1', '$o', 'world#1', '$w', json_build_object(), 'sku', id, 'name', 'n',
        'price_minor', 1, 'currency', 'GBP', 'priced_at', '2020-01-01Z', 'category_id', '${C1}'), 'missing_parent'
      FROM (SELECT gen_random_uuid()::text AS id FROM generate_series(1, 600)) ids`);
    await product(world, P1, 'A');
    const [change] = await changes(world);
    await china.owner.query(`SELECT sync.park('catalog.product', $1, 'unique_collision', NULL, NULL, NULL)`, [change?.items[0]]);
    await retryParked(china.sync, log);
    await retryParked(china.sync, log);
    expect(await skus(china)).toEqual(['A']);
  });

  test('one bad item is named and its neighbours are applied', async () => {
    for (let n = 1; n <= 9; n += 1) await product(world, P1.replace(/1$/, String(n)), `S${n}`);
    await product(china, '00000000-0000-5000-8000-00000000000f', 'S4');
    const [group] = await changes(world);
    if (group === undefined) throw new Error('nothing changed');
    const items = group.items.map((item) =>
      item.includes('"S7"')
        ? item.replace('"price_minor":100', '"price_minor":-5').replace('"price_minor" : 100', '"price_minor" : -5')
        : item,
    );
    const results = await peerAt(ingestUrl).apply([{ entity: group.entity, items }], never);
    expect(results.map(({ outcome, reason }) => `${outcome} ${reason}`).sort()).toEqual([
      ...Array.from({ length: 7 }, () => 'applied null'),
      'parked unique_collision',
      'rejected constraint',
    ]);
    expect(await skus(china)).toEqual(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S8', 'S9']);
  });

  test('an entity that is not known here waits; the others are applied', async () => {
    await product(world, P1, 'A');
    const [known] = await changes(world);
    if (known === undefined) throw new Error('nothing changed');
    const unknown = { entity: 'catalog.bundle', items: [JSON.stringify({ $k: 'x', $v: '1', $o: 'world#1', $w: {}, name: 'n' })] };
    expect(await peerAt(ingestUrl).apply([unknown, known], never)).toEqual([
      { outcome: 'parked', reason: 'unknown_entity' },
      { outcome: 'applied', reason: null },
    ]);
  });
});

describe('what is not signed as it should be', () => {
  const batch = [{ entity: 'catalog.product', items: ['{}'] }];
  const refusal = async (peer: Peer): Promise<string> => {
    const error: unknown = await peer.apply(batch, never).catch((reason: unknown) => reason);
    return error instanceof NotAcknowledged ? error.message : 'acknowledged';
  };

  test('an unknown key, a stranger under a known name, no signature: each its own refusal', async () => {
    const stranger = party('world-1');
    expect(await refusal(peerAt(ingestUrl, keysOf(party('world-9'), [chinaKey])))).toContain('signing_key_unknown');
    expect(await refusal(peerAt(ingestUrl, keysOf(stranger, [chinaKey])))).toContain('signature_invalid');
    const bare = await fetch(`${ingestUrl}/sync/v1/apply`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'application/vnd.madeinworld.sync+ndjson' },
    });
    expect([bare.status, await bare.json()]).toMatchObject([400, { code: 'digest_mismatch' }]);
    expect(await skus(china)).toEqual([]);
  });

  test('a clock five minutes off is told the time, and gets through', async () => {
    await product(world, P1, 'A');
    const written = await changes(world);
    const outcomes: string[] = [];
    for (const shiftMs of [-288_000, 288_000]) {
      const clock = { ...systemClock, now: () => Date.now() + shiftMs };
      outcomes.push(...(await peerAt(ingestUrl, undefined, clock).apply(written, never)).map(({ outcome }) => outcome));
    }
    expect(outcomes).toEqual(['applied', 'stale']);
    expect(await skus(china)).toEqual(['A']);
  });

  test('a replay is refused', async () => {
    await product(world, P1, 'A');
    let recorded: { headers: Record<string, string>; body: Buffer } | undefined;
    const tap = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
        recorded = { headers, body: Buffer.concat(chunks) };
        response.writeHead(500).end();
      });
    });
    await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve));
    open.push(tap);
    await peerAt(`http://127.0.0.1:${(tap.address() as AddressInfo).port}`)
      .apply(await changes(world), never)
      .catch(() => undefined);
    if (recorded === undefined) throw new Error('nothing was recorded');
    const { headers, body } = recorded;
    const replay = async () => ingest.inject({ method: 'POST', url: '/sync/v1/apply', headers, payload: body });
    expect((await replay()).statusCode).toBe(200);
    const second = await replay();
    expect([second.statusCode, second.json()]).toMatchObject([401, { code: 'signature_replayed' }]);
  });

  test.each([
    ['an empty body', ''],
    ['a page of a captive portal', '<html>Welcome</html>'],
    ['an unsigned answer', '{"digest":"x","count":1,"others":[]}'],
  ])('200 with %s is no acknowledgement', async (_name, body) => {
    const url = await impostor(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
    expect(await refusal(peerAt(url))).toContain('not signed by the peer');
  });
});
