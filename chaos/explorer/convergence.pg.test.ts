/**
 * Goal: whatever is written on either side, and however its delivery is delayed, repeated, reordered or lost and sent again, both sides end
 * equal, and no acknowledged write is unaccounted for.
 * Method: random histories against the product's own SQL in two real databases. A history may deliver any item that was ever captured, any
 * number of times; at its end each side sends its present state until nothing changes. Each case has keys of its own, so that one pair of
 * databases serves all.
 */
import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { applyItems, openBoth, takeItems, type TestRegion } from '#sync/testing/regions.ts';

import { balance, type AcknowledgedWrite, type Version } from '../checkers/ledger.ts';

const ENTITY = 'catalog.product';
const CASES = Number(process.env['CONVERGENCE_CASES'] ?? 60);
let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ world, china, close } = await openBoth());
});
afterAll(async () => close?.());

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), side: fc.nat(1), row: fc.nat(1), price: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), side: fc.nat(1), row: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('capture' as const), side: fc.nat(1) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), side: fc.nat(1), which: fc.nat(50) }) },
);

type Stamped = Omit<AcknowledgedWrite, 'vector' | 'entity'> & { vector: Record<string, number> };
const acknowledged = (row: Stamped): AcknowledgedWrite => ({
  entity: ENTITY,
  key: row.key,
  version: row.version,
  origin: row.origin,
  vector: Object.fromEntries(Object.entries(row.vector).map(([origin, version]) => [origin, String(version)])),
});

/** vector as text: a JavaScript number would lose the last digits of a version. */
const VECTOR = `(SELECT coalesce(jsonb_object_agg(e.key, e.value #>> '{}'), '{}') FROM jsonb_each(vector) e)`;

async function write(region: TestRegion, key: string, price: number): Promise<AcknowledgedWrite | undefined> {
  const { rows } = await region.catalog.query<Stamped>(
    `INSERT INTO catalog.product (id, sku, name, price_minor) VALUES ($1::uuid, $1::uuid::text, 'n', $2)
     ON CONFLICT (id) DO UPDATE SET price_minor = excluded.price_minor
     RETURNING id::text AS key, version::text, origin, ${VECTOR} AS vector`,
    [key, price],
  );
  return rows[0] === undefined ? undefined : acknowledged(rows[0]);
}

async function remove(region: TestRegion, key: string): Promise<AcknowledgedWrite | undefined> {
  const gone = await region.catalog.query('DELETE FROM catalog.product WHERE id = $1', [key]);
  if (gone.rowCount === 0) return undefined;
  const { rows } = await region.owner.query<Stamped>(
    `SELECT key, version::text, origin, ${VECTOR} AS vector FROM sync.tombstone WHERE key = $1`,
    [key],
  );
  return rows[0] === undefined ? undefined : acknowledged(rows[0]);
}

async function state(region: TestRegion, keys: readonly string[]): Promise<{ content: unknown[]; live: Version[]; losers: Version[] }> {
  const rows = await region.owner.query(
    `SELECT id::text AS key, price_minor, version::text, origin, vector::text FROM catalog.product WHERE id::text = ANY ($1)
     UNION ALL SELECT key, NULL, version::text, origin, vector::text FROM sync.tombstone WHERE key = ANY ($1) ORDER BY 1, 3`,
    [keys],
  );
  const losers = await region.owner.query<Version>(
    'SELECT entity, key, loser_version::text AS version, loser_origin AS origin FROM sync.conflict WHERE key = ANY ($1)',
    [keys],
  );
  return { content: rows.rows, live: rows.rows.map((row: Version) => ({ ...row, entity: ENTITY })), losers: losers.rows };
}

test(`${CASES} random histories converge, and their ledgers balance`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (history) => {
      const regions = [world, china] as const;
      const keys = [randomUUID(), randomUUID()] as const;
      const wire: string[][] = [[], []];
      const ledger: AcknowledgedWrite[] = [];
      const capture = async (side: 0 | 1): Promise<void> => {
        wire[side]?.push(...((await takeItems(regions[side])).get(ENTITY) ?? []));
      };
      for (const move of history) {
        const side = move.side === 0 ? 0 : 1;
        if (move.do === 'write') {
          const done = await write(regions[side], keys[move.row === 0 ? 0 : 1], move.price);
          if (done !== undefined) ledger.push(done);
        } else if (move.do === 'delete') {
          const done = await remove(regions[side], keys[move.row === 0 ? 0 : 1]);
          if (done !== undefined) ledger.push(done);
        } else if (move.do === 'capture') {
          await capture(side);
        } else {
          const items = wire[side] ?? [];
          const item = items[move.which % Math.max(1, items.length)];
          if (item !== undefined) await applyItems(regions[1 - side === 0 ? 0 : 1], ENTITY, [item]);
        }
      }
      // The network has healed: what was captured and lost is read and sent again, once each way and back.
      for (const side of [0, 1, 0] as const) {
        await capture(side);
        const now = await regions[side].sync.query<{ item: string }>('SELECT item FROM sync.catalog_product_read($1)', [[...keys]]);
        if (now.rows.length > 0)
          await applyItems(
            regions[side === 0 ? 1 : 0],
            ENTITY,
            now.rows.map((row) => row.item),
          );
      }
      const [here, there] = [await state(world, keys), await state(china, keys)];
      expect(here.content).toEqual(there.content);
      const repeats = new Map(ledger.map((entry) => [`${entry.key}|${entry.version}|${entry.origin}`, entry]));
      expect(balance([...repeats.values()], here.live, [...here.losers, ...there.losers]).unaccounted).toEqual([]);
    }),
    { numRuns: CASES, endOnFailure: false },
  );
}, 120_000);
