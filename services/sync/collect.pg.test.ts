import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { collect } from './collect.repository.ts';
import { releaseParked, retryParked } from './ingest/parked.ts';
import { changes, log, never, openBorder, P1, P2, parked, policies, product, senderOf, skus, type Border } from './testing/border.ts';
import { count, setPrice } from './testing/products.ts';
import { applyItems, takeItems, type TestRegion } from './testing/regions.ts';
import { deliver } from './worker/deliver.ts';

const ENTITY = 'catalog.product';
const DAY_MS = 86_400_000;
let border: Border;
let world: TestRegion;
let china: TestRegion;

beforeEach(async () => {
  border = await openBorder();
  ({ world, china } = border);
});
afterEach(async () => border?.close());

const versionOf = (daysAgo: number): bigint => BigInt(Date.now() - daysAgo * DAY_MS) << 16n;

/** The item of a product as it was written `daysAgo`. */
const rowItem = (key: string, sku: string, daysAgo: number, origin = 'world#1'): string =>
  JSON.stringify({
    $k: key,
    $v: String(versionOf(daysAgo)),
    $o: origin,
    $w: {},
    sku,
    name: 'n',
    description: null,
    category_id: null,
    price_minor: 1,
    currency: 'GBP',
    priced_at: '2020-01-01T00:00:00Z',
    initial_state: 'published',
  });
const graveItem = (key: string, daysAgo: number, origin = 'world#1'): string =>
  JSON.stringify({ $k: key, $v: String(versionOf(daysAgo)), $o: origin, $w: {}, $d: true });
const apply = async (to: TestRegion, item: string): Promise<string> => {
  const [answer] = await applyItems(to, ENTITY, [item]);
  return `${answer?.outcome} ${answer?.reason}`;
};

/** Lets every confirmation be `days` old. */
const age = (region: TestRegion, days: number): Promise<unknown> =>
  region.owner.query(`UPDATE sync.tombstone SET confirmed_at = confirmed_at - $1 * interval '1 day'`, [days]);

/** A product deleted 40 days ago, whose tombstone China has collected. */
async function collectOne(key: string): Promise<void> {
  await apply(china, graveItem(key, 40));
  await age(china, 40);
  expect((await collect(china.sync)).tombstones).toBe(1);
  expect(await count(china, 'tombstone')).toBe(0);
}

describe('tombstones', () => {
  test('are collected when the peer has them and the horizon is past, not before', async () => {
    const [tooNew, unconfirmed] = [randomUUID(), randomUUID()];
    await apply(china, graveItem(P1, 40));
    await apply(china, graveItem(P2, 40));
    await apply(china, graveItem(tooNew, 10));
    await age(china, 40);
    await apply(china, graveItem(unconfirmed, 40));
    await china.owner.query('UPDATE sync.tombstone SET confirmed_at = NULL WHERE key = $1', [unconfirmed]);
    await china.owner.query(`UPDATE sync.setting SET value = '1' WHERE name = 'collect_rows'`);
    expect((await collect(china.sync)).tombstones).toBe(2);
    const { rows } = await china.owner.query<{ key: string }>('SELECT key FROM sync.tombstone ORDER BY key');
    expect(rows.map(({ key }) => key)).toEqual([tooNew, unconfirmed].toSorted());
    const node = await china.owner.query<{ v: string }>('SELECT collected_version AS v FROM sync.node');
    expect(BigInt(node.rows[0]?.v ?? 0)).toBeLessThan(versionOf(39));
  });

  test('are confirmed where the peer answers a deletion, and where it sends one', async () => {
    await product(world, P1, 'A');
    const peer = border.peerAt(border.ingestUrl);
    const wanted = new Map([[ENTITY, new Map([[P1, 1n]])]]);
    await deliver(senderOf(world, peer), wanted, never);
    await world.catalog.query('DELETE FROM catalog.product');
    const confirmed = async (region: TestRegion): Promise<unknown[]> =>
      (await region.owner.query('SELECT confirmed_at IS NOT NULL AS confirmed FROM sync.tombstone')).rows;
    expect(await confirmed(world)).toEqual([{ confirmed: false }]);
    await deliver(senderOf(world, peer), wanted, never);
    expect([await confirmed(world), await confirmed(china)]).toEqual([[{ confirmed: true }], [{ confirmed: true }]]);
  });

  test('that a parked deletion left are not taken for confirmed', async () => {
    await world.owner.query('INSERT INTO catalog.category (id, slug, name) VALUES ($1, $2, $2)', [P2, 'c']);
    await border.peerAt(border.ingestUrl).apply(await changes(world), never);
    await product(china, P1, 'A', { category: P2 });
    await world.catalog.query('DELETE FROM catalog.category');
    const wanted = new Map([['catalog.category', new Map([[P2, 1n]])]]);
    await deliver(senderOf(world, border.peerAt(border.ingestUrl)), wanted, never);
    expect(await parked(china)).toEqual([{ key: P2, reason: 'still_needed' }]);
    expect((await world.owner.query('SELECT confirmed_at FROM sync.tombstone')).rows).toEqual([{ confirmed_at: null }]);
  });

  test('that the peer has long not answered are pointed at once more, once a day', async () => {
    await apply(china, graveItem(P1, 40, 'china#1'));
    await china.owner.query('UPDATE sync.tombstone SET confirmed_at = NULL');
    expect((await collect(china.sync)).asked).toBe(0);
    await china.owner.query(`UPDATE sync.node SET asked_at = asked_at - interval '25 hours'`);
    expect((await collect(china.sync)).asked).toBe(1);
    expect((await collect(china.sync)).asked).toBe(0);
    expect((await takeItems(china)).get(ENTITY)).toHaveLength(1);
  });

  test('once collected leave pointers to them answered: their messages do not stay in the queue for ever', async () => {
    await collectOne(P1);
    const [old, fresh] = [versionOf(41), versionOf(1)];
    const pointers = new Map([[ENTITY, new Map([[P1, old]])]]);
    const deps = senderOf(china, border.peerAt(border.ingestUrl));
    expect((await deliver(deps, pointers, never)).answered.get(ENTITY)?.get(P1)).toBe(old);
    expect((await deliver(deps, new Map([[ENTITY, new Map([[P1, fresh]])]]), never)).answered.size).toBe(0);
  });
});

describe('beyond the horizon', () => {
  test('a late row does not come back, whether its deletion had seen it or not; a late deletion does no harm', async () => {
    await collectOne(P1);
    expect(await apply(china, rowItem(P1, 'A', 41))).toBe('parked below_horizon');
    expect(await apply(china, rowItem(P1, 'A', 40.5, 'china#1'))).toBe('parked below_horizon');
    expect(await retryParked({ pool: china.sync, policies, log })).toBe(0);
    expect(await apply(china, graveItem(P2, 41))).toBe('stale below_horizon');
    expect([await skus(china), await count(china, 'tombstone')]).toEqual([[], 0]);
  });

  test('a row that was written since, in an outage longer than the horizon, is no latecomer', async () => {
    await collectOne(P1);
    expect(await apply(china, rowItem(P2, 'B', 39))).toBe('applied null');
    expect(await apply(china, rowItem(P1, 'A', 38))).toBe('applied null');
    expect(await skus(china)).toEqual(['A', 'B']);
  });

  test('an old row is let in by an operator, or while the region is being filled', async () => {
    await collectOne(randomUUID());
    expect(await apply(china, rowItem(P1, 'A', 41))).toBe('parked below_horizon');
    const released = await releaseParked({ pool: china.sync, policies, log }, { entity: ENTITY, key: P1 }, async () => undefined);
    expect(released).toEqual({ outcome: 'applied', reason: null });
    await china.sync.query('SELECT sync.set_filling(true)');
    expect(await apply(china, rowItem(P2, 'B', 42))).toBe('applied null');
    await apply(china, graveItem(randomUUID(), 40));
    await age(china, 40);
    expect((await collect(china.sync)).tombstones).toBe(0);
    await china.sync.query('SELECT sync.set_filling(false)');
    expect(await apply(china, rowItem(randomUUID(), 'C', 42))).toBe('parked below_horizon');
    expect(await skus(china)).toEqual(['A', 'B']);
  });

  test('what was admitted is this version: another one waits for an operator again', async () => {
    await collectOne(randomUUID());
    await apply(china, rowItem(P1, 'A', 42));
    await china.sync.query('SELECT sync.admit($1, $2)', [ENTITY, P1]);
    expect(await apply(china, rowItem(P1, 'A', 41))).toBe('parked below_horizon');
    expect((await china.owner.query('SELECT admitted FROM sync.parked')).rows).toEqual([{ admitted: false }]);
  });

  test('an apply between whose looks tombstones are collected is tried again', async () => {
    await apply(china, graveItem(P1, 40));
    await age(china, 40);
    const holder = await china.owner.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE catalog.product IN SHARE MODE');
    const applying = applyItems(china, ENTITY, [rowItem(P1, 'A', 41)]).then(
      () => 'applied',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'other'),
    );
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    await expect.poll(async () => (await china.owner.query(waiting)).rowCount).toBe(1);
    expect((await collect(china.sync)).tombstones).toBe(1);
    await holder.query('COMMIT');
    holder.release();
    expect(await applying).toBe('40001');
    expect(await skus(china)).toEqual([]);
  });
});

describe('what is kept for a time', () => {
  test('parked items become dead letters with their content; another version has a time of its own', async () => {
    await collectOne(randomUUID());
    await apply(china, rowItem(P1, 'A', 42));
    await apply(china, rowItem(P2, 'B', 42));
    await china.owner.query(`UPDATE sync.parked SET parked_at = parked_at - interval '15 days'`);
    await apply(china, rowItem(P2, 'B', 41));
    expect((await collect(china.sync)).expired).toBe(1);
    expect(await parked(china)).toEqual([{ key: P2, reason: 'below_horizon' }]);
    const { rows } = await china.owner.query(`SELECT key, reason, item ->> 'sku' AS sku FROM sync.dead_letter`);
    expect(rows).toEqual([{ key: P1, reason: 'expired', sku: 'A' }]);
  });

  test('conflict records and nonces go after their time', async () => {
    await product(world, P1, 'A');
    await border.peerAt(border.ingestUrl).apply(await changes(world), never);
    await setPrice(world, P1, 2);
    await setPrice(china, P1, 3);
    await border.peerAt(border.ingestUrl).apply(await changes(world), never);
    expect([await count(china, 'conflict'), await count(china, 'nonce')]).toEqual([1, 2]);
    expect(await collect(china.sync)).toMatchObject({ conflicts: 0, nonces: 0 });
    await china.owner.query(`UPDATE sync.conflict SET detected_at = detected_at - interval '91 days'`);
    await china.owner.query(`UPDATE sync.nonce SET expires_at = now() - interval '1 second'`);
    expect(await collect(china.sync)).toMatchObject({ conflicts: 1, nonces: 2 });
    expect([await count(china, 'conflict'), await count(china, 'nonce')]).toEqual([0, 0]);
  });

  test('only the sync role collects, admits and declares', async () => {
    for (const call of ['collect()', `admit('e', 'k')`, 'set_filling(true)', `confirm_deletions('e', '[]')`])
      await expect(china.catalog.query(`SELECT sync.${call}`)).rejects.toThrow(/permission denied/);
  });
});
