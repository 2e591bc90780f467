import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { balance, type AcknowledgedWrite } from '#chaos/checkers/ledger.ts';

import { parked } from './testing/border.ts';
import type { TestRegion } from './testing/regions.ts';
import { deliverPointers, openTags, takePointers, untilQuiet } from './testing/tags.ts';

let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

/**
 * Goal: whatever rows claim whatever values on either side, however deliveries are ordered and repeated, both sides end with the same rows, each value
 * with one row, and no acknowledged write unaccounted for.
 * Method: random histories over four rows and three values, delivered by the worker's own code to the ingest's; at the end both sides send what
 * they have until neither has anything to say.
 */
describe('random histories of rows and values', () => {
  const CASES = Number(process.env['COLLISION_CASES'] ?? 40);
  const row = fc.nat(3);
  const side = fc.nat(1);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), side, row, value: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('swap' as const), side, row, value: row }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), side, row, value: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('capture' as const), side, row, value: fc.nat(2) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), side, row: fc.nat(20), value: fc.nat(2) }) },
  );
  const VECTOR = `(SELECT coalesce(jsonb_object_agg(e.key, e.value #>> '{}'), '{}') FROM jsonb_each(vector) e) AS vector`;
  const STAMP = `'catalog.tag' AS entity, version::text, origin, ${VECTOR}`;

  beforeAll(async () => {
    ({ world, china, close } = await openTags());
  });
  afterAll(async () => close?.());

  /** What a local statement wrote; nothing where it would have broken UNIQUE. */
  async function write(region: TestRegion, text: string, values: unknown[]): Promise<AcknowledgedWrite[]> {
    try {
      return (await region.catalog.query<AcknowledgedWrite>(text, values)).rows;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '23505') return [];
      throw error;
    }
  }

  async function remove(region: TestRegion, key: string | undefined): Promise<AcknowledgedWrite[]> {
    if ((await region.catalog.query('DELETE FROM catalog.tag WHERE id = $1', [key])).rowCount === 0) return [];
    return (await region.owner.query<AcknowledgedWrite>(`SELECT key, ${STAMP} FROM sync.tombstone WHERE key = $1`, [key])).rows;
  }

  test(`${CASES} of them end equal, each value with one row, and their ledgers balance`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (history) => {
        const regions = [world, china] as const;
        const keys = Array.from({ length: 4 }, () => randomUUID());
        const [about] = keys;
        const wire: [string, bigint][][] = [[], []];
        const ledger: AcknowledgedWrite[] = [];
        for (const move of history) {
          const region = move.side === 0 ? world : china;
          const key = keys[move.row % keys.length];
          if (move.do === 'write') {
            const text = `INSERT INTO catalog.tag (id, code) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET code = excluded.code RETURNING id::text AS key, ${STAMP}`;
            ledger.push(...(await write(region, text.replaceAll('vector)', 'tag.vector)'), [key, `${about} ${move.value}`])));
          } else if (move.do === 'swap') {
            const text = `UPDATE catalog.tag t SET code = o.code FROM catalog.tag o WHERE t.id IN ($1, $2) AND o.id IN ($1, $2) AND o.id <> t.id
              RETURNING t.id::text AS key, 'catalog.tag' AS entity, t.version::text, t.origin, ${VECTOR.replaceAll('(vector)', '(t.vector)')}`;
            ledger.push(...(await write(region, text, [key, keys[move.value]])));
          } else if (move.do === 'delete') {
            ledger.push(...(await remove(region, key)));
          } else if (move.do === 'capture') {
            wire[move.side]?.push(...((await takePointers(region)).get('catalog.tag') ?? []));
          } else {
            const pointer = wire[move.side]?.[move.row % Math.max(1, wire[move.side]?.length ?? 0)];
            if (pointer === undefined) continue;
            const other = move.side === 0 ? china : world;
            await deliverPointers(region, other, new Map([['catalog.tag', new Map([pointer])]]));
          }
        }
        // What was captured and not delivered is not lost: a queue keeps it.
        for (const from of [0, 1] as const) {
          const left = new Map([['catalog.tag', new Map(wire[from])]]);
          if ((wire[from] ?? []).length > 0) await deliverPointers(regions[from], regions[1 - from === 0 ? 0 : 1], left);
        }
        await untilQuiet(world, china);
        const states = await Promise.all(
          regions.map(async (region) => {
            const { rows } = await region.owner.query(
              `SELECT id::text AS key, code, version::text, origin, vector::text FROM catalog.tag WHERE id::text = ANY ($1)
               UNION ALL SELECT key, NULL, version::text, origin, vector::text FROM sync.tombstone WHERE key = ANY ($1) ORDER BY 1, 3`,
              [keys],
            );
            return rows;
          }),
        );
        expect(states[0]).toEqual(states[1]);
        expect([await parked(world), await parked(china)]).toEqual([[], []]);
        const losers = await Promise.all(
          regions.map(async (region) => {
            const text =
              'SELECT entity, key, loser_version::text AS version, loser_origin AS origin FROM sync.conflict WHERE key = ANY ($1)';
            return (await region.owner.query<{ entity: string; key: string; version: string; origin: string }>(text, [keys])).rows;
          }),
        );
        const live = (states[0] ?? []).map((one) => ({ ...one, entity: 'catalog.tag' }));
        const written = new Map(ledger.map((one) => [`${one.key} ${one.version} ${one.origin}`, one]));
        expect(balance([...written.values()], live, losers.flat()).unaccounted).toEqual([]);
      }),
      { numRuns: CASES, endOnFailure: false },
    );
    // The histories did run into collisions that were settled.
    const settled = `SELECT FROM sync.conflict WHERE rule = 'unique-greater-key-loses'`;
    expect((await world.owner.query(settled)).rowCount).toBeGreaterThan(0);
  }, 240_000);
});
