/**
 * Goal: in which region a store is, both regions say alike, while one of them is of the release before and when neither is any more: of stores that were there, that the
 * release before makes and that it moves to another country.
 * Method: two databases, the one migrated before the other, with what the outbox points at carried between them. Planted once each: the migration fills the column by the
 * country as it is then; the trigger that keeps the region is left out; it is
 * there before what was kept beside the rows moves in.
 */
import { randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Region } from '#contracts/regions.ts';
import { crossingColumns, policiesOf } from '#contracts/sync-policy.ts';
import { migrate, type MigrationSet } from '#platform/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#sim/checks/pg-database.ts';
import { migrations as sync, setRegion } from '#sync/migrations/index.ts';
import { takeItems } from '#sync/testing/regions.ts';

import { domains } from '../../migrate.ts';
import { silentLog } from '../../testing/region-database.ts';
import { migrations } from './index.ts';

const STORE = 'catalog.store';
const after = policiesOf('catalog')
  .filter(({ entity }) => entity === STORE)
  .flatMap(crossingColumns);
const before = after.filter((name) => name !== 'region');

/** A region's database, of the release before until it is brought up to date. */
interface Side {
  readonly database: TestDatabase;
  readonly owner: pg.Pool;
  readonly sync: pg.Pool;
  columns: readonly string[];
}
const opened: Side[] = [];
async function openSide(region: Region): Promise<Side> {
  const database = await createTestDatabase();
  const owner = new pg.Pool({ connectionString: database.url, max: 2 });
  const side = { database, owner, sync: new pg.Pool({ connectionString: database.roles.sync, max: 2 }), columns: before };
  opened.push(side);
  await run(side, [sync]);
  await withMigrator(side, (db) => setRegion(db, region));
  const older = Object.fromEntries(Object.entries(migrations.migrations).filter(([name]) => name < '0012'));
  await run(
    side,
    domains.map((set) => (set.schema === 'catalog' ? { ...set, migrations: older } : set)),
  );
  return side;
}

async function withMigrator(side: Side, work: (db: Kysely<Record<string, never>>) => Promise<unknown>): Promise<void> {
  const pool = new pg.Pool({ connectionString: side.database.roles.migrator, max: 2 });
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}
const run = (side: Side, sets: readonly MigrationSet[]) =>
  withMigrator(side, async (db) => {
    for (const set of sets) await migrate(db, set, silentLog);
  });

async function bringUpToDate(side: Side): Promise<void> {
  await run(side, [migrations]);
  side.columns = after;
}

/** Carries what changed over the border, as worker and ingest do. */
async function carry(from: Side, to: Side): Promise<void> {
  const items = (await takeItems(from)).get(STORE) ?? [];
  const { rows } = await to.sync.query('SELECT outcome FROM sync.catalog_store_apply($1, $2)', [`[${items.join(',')}]`, from.columns]);
  expect(rows).toEqual(items.map(() => ({ outcome: 'applied' })));
}

/** As the release before writes it. */
async function add(side: Side, country: string): Promise<string> {
  const id = randomUUID();
  await side.owner.query(`INSERT INTO catalog.store (id, code, name, city, country) VALUES ($1, $1::uuid::text, 'Shop', 'Here', $2)`, [
    id,
    country,
  ]);
  return id;
}
const move = (side: Side, id: string, country: string) =>
  side.owner.query('UPDATE catalog.store SET country = $2 WHERE id = $1', [id, country]);
const regionIn = async (side: Side, id: string): Promise<unknown> =>
  (await side.owner.query('SELECT catalog.region_of(region, country) AS region FROM catalog.store WHERE id = $1', [id])).rows[0]?.region;
const stamped = async (side: Side): Promise<unknown[]> =>
  (await side.owner.query('SELECT id, region, country, version, origin FROM catalog.store ORDER BY id')).rows;

let world: Side;
let china: Side;
beforeAll(async () => {
  [world, china] = await Promise.all([openSide('world'), openSide('china')]);
});
afterAll(async () => {
  for (const { database, owner, sync: pool } of opened) {
    await Promise.all([owner.end(), pool.end()]);
    await database.drop();
  }
});

it('both regions say the same of every store, whichever is migrated first', async () => {
  const [york, shanghai, moved] = [await add(china, 'GB'), await add(china, 'CN'), await add(china, 'GB')];
  await carry(china, world);
  const versions = await world.owner.query('SELECT id, version FROM catalog.store ORDER BY id');
  await bringUpToDate(world);
  expect((await world.owner.query('SELECT id, version FROM catalog.store ORDER BY id')).rows).toEqual(versions.rows);
  expect([await regionIn(world, york), await regionIn(world, shanghai)]).toEqual(['world', 'china']);

  // China, of the release before, makes one and moves one; the world makes one that is China's, and moves one to where it is not.
  const made = await add(china, 'CN');
  await move(china, moved, 'CN');
  const said = randomUUID();
  await world.owner.query(
    `INSERT INTO catalog.store (id, code, name, city, country, region) VALUES ($1, $1::uuid::text, 'Shop', 'Here', 'GB', 'china')`,
    [said],
  );
  await move(world, york, 'CN');
  await carry(china, world);
  await carry(world, china);
  await bringUpToDate(china);
  expect(await stamped(china)).toEqual(await stamped(world));
  for (const [id, region] of [
    [york, 'world'],
    [shanghai, 'china'],
    [made, 'china'],
    [moved, 'china'],
    [said, 'china'],
  ] as const) {
    expect([await regionIn(world, id), await regionIn(china, id)]).toEqual([region, region]);
  }
});

it('the region stays when the country changes, and nobody writes another', async () => {
  const id = await add(world, 'GB');
  await move(world, id, 'CN');
  expect(await regionIn(world, id)).toBe('world');
  await expect(world.owner.query(`UPDATE catalog.store SET region = 'china' WHERE id = $1`, [id])).rejects.toMatchObject({ code: '23000' });
  await carry(world, china);
  expect(await regionIn(china, id)).toBe('world');
});
