import pg from 'pg';

import type { Region } from '#contracts/regions.ts';
import { createTestDatabase } from '#sim/checks/pg-database.ts';

import { buildProduct, finishing } from '../schema.ts';
import { resultsOf, type Side, type Sides } from '../side.ts';

async function build(migratorUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: migratorUrl, max: 1 });
  await buildProduct(pool);
  await pool.end();
}

async function openOne(region: Region): Promise<Side> {
  const database = await createTestDatabase({ template: { name: 'explorer', build: (urls) => build(urls.roles.migrator) } });
  const poolOf = (connectionString: string): pg.Pool =>
    new pg.Pool({ connectionString, max: 4, pipeline: true, options: '-c TimeZone=UTC' });
  const pools = { owner: poolOf(database.url), catalog: poolOf(database.roles.catalog), sync: poolOf(database.roles.sync) };
  /** What a failed transaction leaves open is rolled back: the connection is used again. */
  const run = async (pool: pg.Pool, statements: string): Promise<pg.QueryResult[]> => {
    const client = await pool.connect();
    try {
      return resultsOf(await client.query(statements));
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };
  await run(pools.owner, finishing(region));
  return {
    region,
    sync: pools.sync,
    write: (statements) => run(pools.catalog, statements),
    admin: (statements) => run(pools.owner, statements),
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
      await database.drop();
    },
  };
}

/** Two databases of the test run's real server. */
export async function openPostgresSides(): Promise<Sides & { close(): Promise<void> }> {
  const world = await openOne('world');
  const china = await openOne('china');
  return {
    world,
    china,
    async close() {
      await world.close();
      await china.close();
    },
  };
}
