import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';

import { retryParked } from './ingest/parked.ts';
import {
  C1,
  chinaKey,
  changes,
  keysOf,
  log,
  never,
  openBorder,
  P1,
  P2,
  party,
  policies,
  product,
  skus,
  type Border,
} from './testing/border.ts';
import type { TestRegion } from './testing/regions.ts';
import type { Peer } from './worker/post.ts';
import { NotAcknowledged } from './worker/not-acknowledged.ts';

let border: Border;
let world: TestRegion;
let china: TestRegion;
let ingestUrl: string;
let peerAt: Border['peerAt'];

beforeEach(async () => {
  border = await openBorder();
  ({ world, china, ingestUrl, peerAt } = border);
});
afterEach(async () => border?.close());

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
  border.opened.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
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

  test('what can be applied does not starve behind what cannot', async () => {
    await china.owner.query(`
      INSERT INTO sync.parked (entity, key, version, origin, item, reason)
      SELECT 'catalog.product', id, 1, 'world#1', json_build_object('$k', id, '$v', '1', '$o', 'world#1', '$w', json_build_object(), 'sku', id, 'name', 'n',
        'price_minor', 1, 'currency', 'GBP', 'priced_at', '2020-01-01Z', 'category_id', '${C1}'), 'missing_parent'
      FROM (SELECT gen_random_uuid()::text AS id FROM generate_series(1, 600)) ids`);
    await product(world, P1, 'A');
    const [change] = await changes(world);
    await china.owner.query(`SELECT sync.park('catalog.product', $1, 'unique_collision', NULL, NULL, NULL)`, [change?.items[0]]);
    await retryParked({ pool: china.sync, policies, log });
    await retryParked({ pool: china.sync, policies, log });
    expect(await skus(china)).toEqual(['A']);
  });

  test('what a trigger of the table refuses is named and its neighbours are applied', async () => {
    await china.owner.query(`CREATE FUNCTION catalog.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON catalog.product FOR EACH ROW WHEN (NEW.sku = 'A') EXECUTE FUNCTION catalog.refuse()`);
    await product(world, P1, 'A');
    await product(world, P2, 'B');
    expect(await peerAt(ingestUrl).apply(await changes(world), never)).toEqual([
      { outcome: 'rejected', reason: 'constraint', detail: 'SQLSTATE P0001' },
      { outcome: 'applied', reason: null },
    ]);
    expect(await skus(china)).toEqual(['B']);
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
    expect(results.find(({ outcome }) => outcome === 'rejected')?.detail).toBe('product_price_minor_check');
    expect(await skus(china)).toEqual(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S8', 'S9']);
  });

  test.each([
    [
      'an index that does not take so long a value',
      'CREATE INDEX ON catalog.product (description)',
      "UPDATE catalog.product SET description = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) n) WHERE sku = 'B'",
    ],
    [
      'a trigger with a code of its own',
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING ERRCODE = 'SH001'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON catalog.product FOR EACH ROW WHEN (NEW.sku = 'B') EXECUTE FUNCTION refuse()`,
      "UPDATE catalog.product SET name = 'b' WHERE sku = 'B'",
    ],
  ])('what %s refuses is named, and its neighbours are applied', async (_what, atPeer, change) => {
    await china.owner.query(atPeer);
    await product(world, P1, 'A');
    await product(world, P2, 'B');
    await world.catalog.query(change);
    const answers = await peerAt(ingestUrl).apply(await changes(world), never);
    expect(answers.map(({ outcome, reason }) => `${outcome} ${reason}`).toSorted()).toEqual(['applied null', 'rejected constraint']);
    expect(await skus(china)).toEqual(['A']);
  });

  test('what is no item of an entity that is not known here is named, and its neighbours are taken', async () => {
    await product(world, P1, 'A');
    const unknown = { entity: 'catalog.bundle', items: ['no item', JSON.stringify({ $k: 'x', $v: '1', $o: 'world#1', $w: {} })] };
    expect(await peerAt(ingestUrl).apply([unknown, ...(await changes(world))], never)).toEqual([
      { outcome: 'rejected', reason: 'malformed_item' },
      { outcome: 'parked', reason: 'unknown_entity' },
      { outcome: 'applied', reason: null },
    ]);
    expect(await skus(china)).toEqual(['A']);
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
    border.opened.push(tap);
    await peerAt(`http://127.0.0.1:${(tap.address() as AddressInfo).port}`)
      .apply(await changes(world), never)
      .catch(() => undefined);
    if (recorded === undefined) throw new Error('nothing was recorded');
    const { headers, body } = recorded;
    const replay = async () => border.ingest.inject({ method: 'POST', url: '/sync/v1/apply', headers, payload: body });
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
