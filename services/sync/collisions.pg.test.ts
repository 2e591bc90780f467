import { createHash, randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createPolicies, type EntityPolicy } from '#contracts/sync-policy.ts';

import { applyGroups } from './ingest/apply.ts';
import { inTransaction } from './ingest/transaction.ts';
import type { ItemResult } from './protocol/answer.ts';
import { never, parked, senderOf } from './testing/border.ts';
import { count } from './testing/products.ts';
import { takeItems, type TestRegion } from './testing/regions.ts';
import {
  codesOf,
  declare,
  deliverPointers,
  directPeer,
  openTags,
  tagPolicies,
  tagPolicy,
  takePointers,
  untilQuiet,
  writeTag,
} from './testing/tags.ts';
import { deliver } from './worker/deliver.ts';
import type { Peer } from './worker/post.ts';

const LESSER = '00000000-0000-4000-8000-000000000001';
const GREATER = '00000000-0000-4000-8000-000000000002';
const THIRD = '00000000-0000-4000-8000-000000000003';
const renamed = (code: string, key: string): string => `${code}~${createHash('md5').update(key).digest('hex').slice(0, 8)}`;

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

describe('one value, two rows', () => {
  beforeEach(async () => {
    ({ world, china, close } = await openTags());
  });
  afterEach(async () => close?.());

  const records = async (region: TestRegion): Promise<unknown[]> =>
    (await region.owner.query(`SELECT key, winner ->> '$k' AS winner, rule FROM sync.conflict`)).rows;

  test.each([
    ['the receiver', LESSER, GREATER],
    ['the sender', GREATER, LESSER],
  ])('the row with the greater key is renamed, which %s holds, on both sides alike and on record', async (_name, sent, held) => {
    await writeTag(world, sent, 'S');
    await writeTag(china, held, 'S');
    const later = await takePointers(china);
    await deliverPointers(world, china, await takePointers(world));
    // Whoever sends settles it: the other direction may be down.
    const loser = held === GREATER ? china : world;
    expect((await codesOf(loser))[GREATER]).toBe(renamed('S', GREATER));
    await deliverPointers(china, world, later);
    await untilQuiet(world, china);
    const expected = { [LESSER]: 'S', [GREATER]: renamed('S', GREATER) };
    expect([await codesOf(world), await codesOf(china)]).toEqual([expected, expected]);
    const record = { key: GREATER, winner: LESSER, rule: 'unique-greater-key-loses' };
    expect([await records(world), await records(china)]).toEqual([[record], [record]]);
    expect([await parked(world), await parked(china)]).toEqual([[], []]);
  });

  test('both sides find out at once, and rename once', async () => {
    await writeTag(world, GREATER, 'S');
    await writeTag(china, LESSER, 'S');
    const [fromWorld, fromChina] = [await takePointers(world), await takePointers(china)];
    await Promise.all([deliverPointers(world, china, fromWorld), deliverPointers(china, world, fromChina)]);
    await untilQuiet(world, china);
    const expected = { [LESSER]: 'S', [GREATER]: renamed('S', GREATER) };
    expect([await codesOf(world), await codesOf(china)]).toEqual([expected, expected]);
    expect([await parked(world), await parked(china)]).toEqual([[], []]);
  });

  test('a value that moved to another row is no collision, though the other row comes first', async () => {
    await writeTag(world, LESSER, 'S');
    await untilQuiet(world, china);
    await writeTag(world, LESSER, 'T');
    await takePointers(world);
    await writeTag(world, GREATER, 'S');
    await deliverPointers(world, china, await takePointers(world));
    const expected = { [LESSER]: 'T', [GREATER]: 'S' };
    expect([await codesOf(china), await count(china, 'conflict'), await parked(china)]).toEqual([expected, 0, []]);
  });

  test('nor is a value whose row was deleted, nor values that went round, though one comes by itself', async () => {
    for (const [n, key] of [LESSER, GREATER, THIRD].entries()) await writeTag(world, key, `S${n}`);
    await untilQuiet(world, china);
    await world.catalog.query(
      `UPDATE catalog.tag SET code = CASE id WHEN $1 THEN 'S1' WHEN $2 THEN 'S2' ELSE 'S0' END WHERE id IN ($1, $2, $3)`,
      [LESSER, GREATER, THIRD],
    );
    const all = (await takePointers(world)).get('catalog.tag') ?? new Map<string, bigint>();
    await deliverPointers(world, china, new Map([['catalog.tag', new Map([...all].filter(([key]) => key === GREATER))]]));
    expect(await codesOf(china)).toEqual({ [LESSER]: 'S1', [GREATER]: 'S2', [THIRD]: 'S0' });
    await world.catalog.query('DELETE FROM catalog.tag WHERE id = $1', [LESSER]);
    await takePointers(world);
    await writeTag(world, GREATER, 'S1');
    await deliverPointers(world, china, await takePointers(world));
    expect([await codesOf(china), await count(china, 'conflict'), await parked(china)]).toEqual([
      { [GREATER]: 'S1', [THIRD]: 'S0' },
      0,
      [],
    ]);
  });

  test('without a column to rename, the item waits for the holder by name, and is applied when the holder moves', async () => {
    await writeTag(world, LESSER, 'A', 7);
    await writeTag(world, THIRD, 'C', 8);
    await writeTag(china, GREATER, 'B', 7);
    await deliverPointers(world, china, await takePointers(world));
    await deliverPointers(china, world, await takePointers(china));
    const { rows } = await china.owner.query('SELECT key, reason, waits_for_entity, waits_for_key, detail FROM sync.parked');
    const wait = { waits_for_entity: 'catalog.tag', waits_for_key: GREATER, detail: 'tag_shelf_key' };
    expect(rows).toEqual([{ key: LESSER, reason: 'unique_collision', ...wait }]);
    expect(await codesOf(china)).toEqual({ [GREATER]: 'B', [THIRD]: 'C' });
    await writeTag(china, GREATER, 'B', 9);
    await deliverPointers(china, world, await takePointers(china));
    expect(await parked(world)).toEqual([]);
    await untilQuiet(world, china);
    await writeTag(world, GREATER, 'B', 10);
    await untilQuiet(world, china);
    expect([await codesOf(world), await parked(china)]).toEqual([{ [LESSER]: 'A', [GREATER]: 'B', [THIRD]: 'C' }, []]);
    expect(await codesOf(china)).toEqual(await codesOf(world));
  });

  test('a name that cannot be changed, or is taken too, stops nobody', async () => {
    await writeTag(china, GREATER, 'S');
    await writeTag(china, THIRD, renamed('S', GREATER));
    await writeTag(world, LESSER, 'S');
    await deliverPointers(world, china, await takePointers(world));
    const full = `S~${createHash('md5').update(GREATER).digest('hex')}`;
    expect(await codesOf(china)).toEqual({ [LESSER]: 'S', [GREATER]: full, [THIRD]: renamed('S', GREATER) });
    await world.owner.query(`ALTER TABLE catalog.tag ADD CHECK (code !~ '~')`).catch(() => undefined);
    await china.owner.query(`ALTER TABLE catalog.tag ADD CHECK (code !~ '~' OR code ~ 'S~') NOT VALID`);
    await writeTag(china, randomUUID().replace(/^./, 'f'), 'Z');
    await writeTag(world, randomUUID().replace(/^./, '0'), 'Z');
    await writeTag(world, THIRD, 'free');
    await deliverPointers(world, china, await takePointers(world));
    expect((await parked(china)).map(({ reason }) => reason)).toContain('unique_collision');
    expect(Object.values(await codesOf(china))).toContain('Z');
  });

  test('a long chain of large rows is asked about in bodies that the peer takes', async () => {
    const ids = Array.from({ length: 6 }, (_, n) => LESSER.replace(/1$/, String(n + 1)));
    await world.catalog.query(
      `INSERT INTO catalog.tag (id, code, label) SELECT i, 'S' || n, repeat('x', 900000) FROM unnest($1::uuid[]) WITH ORDINALITY u(i, n)`,
      [ids],
    );
    await untilQuiet(world, china);
    await world.catalog.query(`UPDATE catalog.tag SET code = 'S' || (substr(code, 2)::int % 6 + 1)`);
    const all = (await takePointers(world)).get('catalog.tag') ?? new Map<string, bigint>();
    const direct = directPeer(china);
    const posted: number[] = [];
    const peer: Peer = {
      ...direct,
      apply: async (groups, signal, options) => {
        posted.push(groups.flatMap(({ items }) => items).reduce((sum, item) => sum + item.length, 0));
        return direct.apply(groups, signal, options);
      },
    };
    const wanted = new Map([['catalog.tag', new Map([...all].slice(0, 1))]]);
    const { failure } = await deliver({ ...senderOf(world, peer), policies: tagPolicies }, wanted, never);
    expect([failure, posted.length > 1]).toEqual([undefined, true]);
    expect(Math.max(...posted)).toBeLessThan(3.2 * 1024 * 1024);
  });

  test('what is unique by an expression waits, and its neighbours do not', async () => {
    for (const region of [world, china]) await region.owner.query(`CREATE UNIQUE INDEX ON catalog.tag (lower(label))`);
    const label = async (region: TestRegion, id: string, label: string): Promise<unknown> =>
      region.catalog.query('INSERT INTO catalog.tag (id, label) VALUES ($1, $2)', [id, label]);
    await label(china, GREATER, 'Gift');
    await label(world, LESSER, 'gift');
    await label(world, THIRD, 'card');
    await deliverPointers(world, china, await takePointers(world));
    expect([Object.keys(await codesOf(china)), await parked(china)]).toEqual([
      [GREATER, THIRD],
      [{ key: LESSER, reason: 'unique_collision' }],
    ]);
    await china.catalog.query('DELETE FROM catalog.tag WHERE id = $1', [GREATER]);
    await untilQuiet(world, china);
    expect([Object.keys(await codesOf(china)), await parked(china)]).toEqual([[LESSER, THIRD], []]);
  });

  test('a row that comes twice at once does not collide with itself', async () => {
    // The first index holds up one of two that insert: it has looked whether its key is held, and has not yet taken it.
    const slow = `CREATE TABLE catalog.box (id uuid, code text);
      CREATE FUNCTION catalog.pause(id uuid) RETURNS uuid LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
        IF current_setting('test.pauses', true) = 'on' THEN PERFORM pg_advisory_xact_lock(7); END IF; RETURN id; END $$;
      CREATE INDEX box_pause ON catalog.box (catalog.pause(id));
      ALTER TABLE catalog.box ADD PRIMARY KEY (id);
      CREATE UNIQUE INDEX box_code_key ON catalog.box (code);
      GRANT ALL ON catalog.box TO catalog`;
    const box: EntityPolicy = {
      entity: 'catalog.box',
      key: 'id',
      columns: { code: { crosses: true, ground: 'public-catalogue' } },
      parents: {},
      merge: { rule: 'row' },
    };
    for (const region of [world, china]) await declare(region, slow, [box]);
    await world.catalog.query(`INSERT INTO catalog.box VALUES ($1, 'S')`, [LESSER]);
    const groups = [...(await takeItems(world))].map(([entity, items]) => ({ entity, items }));
    const apply = async (pauses: string): Promise<ItemResult[][]> =>
      inTransaction(china.sync, async (client) => {
        await client.query(`SELECT set_config('test.pauses', $1, true)`, [pauses]);
        return applyGroups({ client, policies: createPolicies([box]) }, groups);
      });
    const lock = await china.owner.connect();
    await lock.query('SELECT pg_advisory_lock(7)');
    const first = apply('on');
    const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
    await expect.poll(async () => (await china.owner.query(waiting)).rowCount).toBe(1);
    expect(await apply('off')).toEqual([[{ outcome: 'applied', reason: null }]]);
    await lock.query('SELECT pg_advisory_unlock(7)');
    lock.release();
    expect(await first).toEqual([[{ outcome: 'stale', reason: 'duplicate' }]]);
    expect(await parked(china)).toEqual([]);
  });

  test('only the sync role renames, only columns that a policy names, and only the version that lost', async () => {
    await writeTag(world, LESSER, 'S');
    const rename = (column: string): string =>
      `SELECT sync.rename_loser('catalog.tag', '${LESSER}', '${column}', version, origin, '{"$k": "k", "$v": "1", "$o": "china#1"}') AS done FROM catalog.tag`;
    await expect(world.catalog.query(rename('code'))).rejects.toThrow(/permission denied/);
    await world.owner.query('GRANT USAGE ON SCHEMA catalog TO sync; GRANT SELECT ON catalog.tag TO sync');
    expect((await world.sync.query(rename('label'))).rows).toEqual([{ done: false }]);
    // Nor a row that is not the version that lost.
    expect((await world.sync.query(rename('code').replace('version,', 'version - 1,'))).rows).toEqual([{ done: false }]);
    expect(await codesOf(world)).toEqual({ [LESSER]: 'S' });
  });

  test('a policy whose constraint does not let values be swapped is refused', async () => {
    const table = 'CREATE TABLE catalog.box (id uuid PRIMARY KEY, code text UNIQUE, shelf int, label text)';
    await expect(declare(world, table, [{ ...tagPolicy, entity: 'catalog.box' }])).rejects.toThrow(/DEFERRABLE INITIALLY IMMEDIATE/);
    const numbered = { ...tagPolicy, uniques: [{ columns: ['shelf'], rename: 'shelf' }] };
    await expect(declare(world, 'SELECT 1', [numbered])).rejects.toThrow(/must be text/);
  });
});
