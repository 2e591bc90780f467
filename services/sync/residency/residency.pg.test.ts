import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createPolicies, entityPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';

import { handleBatch } from '../worker/handle.ts';
import { createUnfinished } from '../worker/unfinished.ts';
import { retryParked } from '../ingest/parked.ts';
import { type Border, changes, log, never, openBorder, P1, P2, policies, product, senderOf, skus } from '../testing/border.ts';
import { packed } from '../testing/fake-peer.ts';
import type { TestRegion } from '../testing/regions.ts';

const SECRET = 'MARK-7f3a9c';
const REFUSED = { outcome: 'rejected', reason: 'residency' };
let border: Border;
let world: TestRegion;
let china: TestRegion;

beforeEach(async () => {
  border = await openBorder();
  ({ world, china } = border);
});
afterEach(async () => border?.close());

/** Every value in every table of `region`, as text. */
async function everything(region: TestRegion): Promise<string> {
  const tables = await region.owner.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('sync', 'catalog')`,
  );
  const texts = await Promise.all(
    tables.rows.map(async ({ name }) => JSON.stringify((await region.owner.query(`SELECT * FROM ${name}`)).rows)),
  );
  return texts.join('\n');
}

const withName = (item: string, name: string, value: string): string => item.replace(/\}$/, `, ${name} : ${JSON.stringify(value)}}`);

describe('what comes in', () => {
  const smuggled: readonly (readonly [string, (item: string) => string])[] = [
    ['a column that stays home', (item) => withName(item, '"cost_minor"', SECRET)],
    ['a name that is hidden by escapes', (item) => withName(item, String.raw`"cost_min\u006fr"`, SECRET)],
    ['a part of the stamp under its own name', (item) => withName(item, '"version"', SECRET)],
    ['a column in what a deletion keeps', (item) => item.replace(/\}$/, `, "$held" : {"cost_minor" : "${SECRET}"}}`)],
  ];

  test.each(smuggled)('%s is refused, its neighbours are applied, and its value is nowhere', async (_name, smuggle) => {
    await product(world, P1, 'A');
    await product(world, P2, 'B');
    const [group] = await changes(world);
    if (group === undefined) throw new Error('nothing changed');
    const items = group.items.map((item) => (item.includes(P1) ? smuggle(item) : item));
    const results = await border.peerAt(border.ingestUrl).apply([{ entity: group.entity, items }], never);
    expect(results).toEqual(items.map((item) => (item.includes(SECRET) ? REFUSED : { outcome: 'applied', reason: null })));
    expect(await skus(china)).toEqual(['B']);
    expect(await everything(china)).not.toContain(SECRET);
  });

  test('a column that a migration has just added stays home, whatever this process knows', async () => {
    await china.owner.query('ALTER TABLE catalog.product ADD COLUMN supplier text');
    await product(world, P1, 'A');
    const [group] = await changes(world);
    const items = (group?.items ?? []).map((item) => withName(item, '"supplier"', SECRET));
    expect(await border.peerAt(border.ingestUrl).apply([{ entity: 'catalog.product', items }], never)).toEqual([REFUSED]);
    expect(await everything(china)).not.toContain(SECRET);
  });

  test('a table that is here and does not cross is refused; so is a kept name under an entity that nobody knows', async () => {
    await china.owner.query('CREATE SCHEMA auth; CREATE TABLE auth.account (id uuid PRIMARY KEY, email text)');
    const item = (name: string): string => JSON.stringify({ $k: P1, $v: '1', $o: 'world#1', $w: {}, [name]: SECRET });
    const groups = [
      { entity: 'auth.account', items: [item('email'), item('not_even_a_column_there')] },
      { entity: 'sync.dead_letter', items: [item('reason')] },
      { entity: 'catalog.bundle', items: [item('cost_minor')] },
      { entity: 'no such: entity', items: [item('name')] },
    ];
    expect(await border.peerAt(border.ingestUrl).apply(groups, never)).toEqual([
      ...Array.from({ length: 4 }, () => REFUSED),
      { outcome: 'rejected', reason: 'malformed_item' },
    ]);
    expect(await everything(china)).not.toContain(SECRET);
  });

  test('what was parked before its column was restricted leaves without a trace', async () => {
    await china.owner.query(`SELECT sync.park('catalog.product', $1, 'unique_collision', NULL, NULL, NULL)`, [
      JSON.stringify({ $k: P1, $v: '1', $o: 'world#1', $w: {}, sku: 'A', name: 'a', price_minor: 1, currency: 'GBP', cost_minor: SECRET }),
    ]);
    await retryParked({ pool: china.sync, policies, log });
    expect(await everything(china)).not.toContain(SECRET);
    expect((await china.owner.query('SELECT key, reason FROM sync.dead_letter')).rows).toEqual([{ key: P1, reason: 'residency' }]);
  });
});

test('what waited for a column goes when the column comes and stays home', async () => {
  await china.owner.query(
    `INSERT INTO sync.unknown_column (entity, key, name, value, version, origin)
     SELECT 'catalog.product', $1, name, to_json($2::text), 1, 'world#1' FROM unnest(ARRAY['margin', 'of_later']) AS name`,
    [P1, SECRET],
  );
  await china.owner.query('ALTER TABLE catalog.product ADD COLUMN margin text');
  await china.owner.query(`SELECT sync.make_synced(policy) FROM sync.entity WHERE name = 'catalog.product'`);
  expect((await china.owner.query('SELECT name FROM sync.unknown_column')).rows).toEqual([{ name: 'of_later' }]);
});

describe('what goes out', () => {
  const message = (version: string) => ({
    id: 'm',
    receipt: 'r',
    receiveCount: 1,
    body: JSON.stringify({
      specversion: '1.0',
      id: 'm',
      source: 'madeinworld/world',
      type: 'madeinworld.sync.pointers.v1',
      data: { pointers: { 'catalog.product': [[P1, version]] } },
    }),
  });

  /** What a worker of the world does with a pointer to P1: what it sent, what it deleted of the queue, why it failed. */
  async function deliverP1(list: readonly EntityPolicy[] = entityPolicies): Promise<{ sent: string; deleted: number; failure: string }> {
    const sent: string[] = [];
    let deleted = 0;
    const { rows } = await world.owner.query<{ version: string }>('SELECT version FROM catalog.product WHERE id = $1', [P1]);
    const unused = async (): Promise<never> => Promise.reject(new Error('not here'));
    const handled = await handleBatch(
      {
        ...senderOf(world, {
          pack: async (groups) => {
            sent.push(JSON.stringify(groups));
            return packed(groups);
          },
          post: async ({ count }) => ({ results: Array.from({ length: count }, () => ({ outcome: 'applied', reason: null })), peerMs: 0 }),
          apply: unused,
          probe: unused,
          close: async () => undefined,
        }),
        policies: createPolicies(list),
        unfinished: createUnfinished(),
        sweep: async () => undefined,
        queue: {
          send: unused,
          receive: unused,
          extend: async (receipt) => receipt,
          delete: async (receipts) => {
            deleted += receipts.length;
            return receipts.map((receipt) => ({ ok: true, receipt }));
          },
          limits: { batch: 10, messageBytes: 47_000, batchBytes: 47_000, minVisibilitySeconds: 1, maxWaitSeconds: 20 },
          close: async () => undefined,
        },
      },
      [message(rows[0]?.version ?? '')],
      never,
    );
    const { failure } = handled;
    return { sent: sent.join(), deleted, failure: failure instanceof Error ? failure.message : '' };
  }

  beforeEach(async () => {
    await product(world, P1, 'A');
    await world.catalog.query('UPDATE catalog.product SET cost_minor = 73219854 WHERE id = $1', [P1]);
  });

  test('holds the columns that cross, and nothing else', async () => {
    const { sent, deleted, failure } = await deliverP1();
    expect([sent.includes('73219854'), sent.includes('"A'), deleted, failure]).toEqual([false, true, 1, '']);
  });

  test('is looked at whatever function read it: one that reads too much sends nothing, and the pointer stays', async () => {
    await world.owner.query(
      `UPDATE sync.template SET body = replace(body, '{{read_columns}}', '{{read_columns}}, ''margin'', t.cost_minor')`,
    );
    await world.owner.query(`SELECT sync.make_synced(policy) FROM sync.entity WHERE name = 'catalog.product'`);
    expect(await deliverP1()).toEqual({ sent: '', deleted: 0, failure: 'residency: catalog.product would send margin' });
  });

  test('is looked at against the policy of this process too, where the database was told otherwise', async () => {
    await world.owner.query(
      `SELECT sync.make_synced(jsonb_set(policy, '{crossing}', policy -> 'crossing' || '["cost_minor"]')) FROM sync.entity WHERE name = 'catalog.product'`,
    );
    expect(await deliverP1()).toEqual({ sent: '', deleted: 0, failure: 'residency: catalog.product would send cost_minor' });
  });
});
