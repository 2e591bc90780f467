import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { loseAll } from '../testing/delivery.ts';
import { openReconciling, type Reconciling } from '../testing/reconciling.ts';
import type { TestRegion } from '../testing/regions.ts';

const CASES = Number(process.env['RECONCILE_CASES'] ?? 12);

let open: Reconciling;
beforeAll(async () => {
  open = await openReconciling();
});
afterAll(() => open.close());

/** What may be wrong with one key. */
const kinds = ['equal', 'missing', 'older', 'deleted', 'revived', 'concurrent', 'concurrent-delete', 'parked', 'rejected'] as const;
const difference = fc.record({
  kind: fc.constantFrom(...kinds),
  writer: fc.constantFrom('world', 'china'),
  price: fc.integer({ min: 1, max: 9 }),
});
type Planned = typeof difference extends fc.Arbitrary<infer Value> ? Value : never;

const put = (region: TestRegion, key: string, price: number, category: string | null = null): Promise<unknown> =>
  region.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, category_id) VALUES ($1, $1::uuid::text, 'n', $2, $3)
     ON CONFLICT (id) DO UPDATE SET price_minor = excluded.price_minor`,
    [key, price, category],
  );
const drop = (region: TestRegion, key: string): Promise<unknown> =>
  region.catalog.query('DELETE FROM catalog.product WHERE id = $1', [key]);

/** Makes the difference out of rows that both sides hold; what is written here is lost on its way. */
async function differ({ kind, writer, price }: Planned, key: string): Promise<void> {
  const [here, there] = writer === 'world' ? [open.world, open.china] : [open.china, open.world];
  switch (kind) {
    case 'equal':
      return;
    case 'missing':
      await drop(here, key);
      await put(here, key, price);
      return;
    case 'older':
      await put(here, key, price + 10);
      return;
    case 'deleted':
      await drop(here, key);
      return;
    case 'revived':
      await drop(here, key);
      await put(here, key, price);
      await drop(here, key);
      await put(here, key, price + 20);
      return;
    case 'concurrent':
      await put(here, key, price + 10);
      await put(there, key, price + 20);
      return;
    case 'concurrent-delete':
      await put(here, key, price + 10);
      await drop(there, key);
      return;
    case 'parked': {
      // Its category is lost, and what refers to it arrives: it waits there by name.
      const category = randomUUID();
      await here.catalog.query(`INSERT INTO catalog.category (id, slug, name) VALUES ($1, $1::uuid::text, 'c')`, [category]);
      await put(here, randomUUID(), price, category);
      return;
    }
    case 'rejected':
      await put(here, key, -price);
      return;
  }
}

/** What a region holds, but for rows that the other side refuses. */
async function contents(region: TestRegion, refused: readonly string[]): Promise<unknown[]> {
  const { rows } = await region.owner.query(
    `SELECT id::text AS key, price_minor::text AS content, version::text, origin FROM catalog.product WHERE id::text <> ALL ($1)
     UNION ALL SELECT key, 'deleted', version::text, origin FROM sync.tombstone UNION ALL SELECT id::text, slug, version::text, origin FROM catalog.category
     ORDER BY 1, 3`,
    [refused],
  );
  return rows;
}

test(`${CASES} cases of random differences: repaired under live writes, nothing newer is lost, a second pass repairs nothing`, async () => {
  for (const region of [open.world, open.china]) {
    // The other side alone refuses what is below zero.
    await region.owner.query('ALTER TABLE catalog.product DROP CONSTRAINT product_price_minor_check');
    await region.owner.query(
      `ALTER TABLE catalog.product ADD CONSTRAINT no_foreign_debts CHECK (price_minor >= 0 OR origin LIKE '${region.region}#%')`,
    );
  }
  const refused: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(difference, { minLength: 6, maxLength: 30 }), fc.array(fc.nat(29), { maxLength: 6 }), async (plan, live) => {
      open.onWait = async () => undefined;
      const keys = plan.map(() => randomUUID());
      for (const key of keys) await put(open.world, key, 1);
      await open.deliver();
      // Whether the parked child arrives before or after what is lost does not matter: only its category is lost.
      for (const [index, one] of plan.entries()) await differ(one, keys[index] ?? '');
      for (const region of [open.world, open.china]) {
        await region.owner.query(
          `DELETE FROM sync.outbox WHERE entity = 'catalog.category' OR EXISTS (SELECT FROM unnest($1::text[]) k WHERE pointers LIKE '%' || k || '%')`,
          [keys.filter((_, index) => plan[index]?.kind !== 'rejected')],
        );
      }
      await open.deliver();
      const written = new Map<string, string>();
      let writes = 0;
      open.onWait = async () => {
        const index = live[writes];
        writes += 1;
        const key = keys[(index ?? 0) % keys.length];
        if (index === undefined || key === undefined || plan[index % keys.length]?.kind === 'rejected') return;
        const { rows } = await open.world.catalog.query<{ version: string }>(
          `UPDATE catalog.product SET price_minor = 100 + $2 WHERE id = $1 RETURNING version::text`,
          [key, writes],
        );
        if (rows[0] !== undefined) written.set(key, rows[0].version);
      };
      expect(await open.reconcile()).toMatchObject({ state: 'done' });
      for (let round = 0; round < 2; round += 1) {
        await open.deliver();
        open.onWait = () => open.deliver();
        await open.reconcile();
      }
      await open.deliver();
      open.onWait = async () => undefined;
      const after = await open.reconcile();
      expect(after.counts).toMatchObject({ pointed: 0, asked: 0, inFlight: 0, findings: 0 });
      refused.push(...keys.filter((_, index) => plan[index]?.kind === 'rejected'));
      expect(await contents(open.china, refused)).toEqual(await contents(open.world, refused));
      for (const [key, version] of written) {
        const { rows } = await open.china.owner.query<{ version: string }>(
          `SELECT version::text FROM catalog.product WHERE id = $1 UNION ALL SELECT version::text FROM sync.tombstone WHERE key = $1::uuid::text`,
          [key],
        );
        expect(BigInt(rows[0]?.version ?? 0)).toBeGreaterThanOrEqual(BigInt(version));
      }
    }),
    { numRuns: CASES, endOnFailure: true },
  );
  await loseAll(open.world);
}, 240_000);
