import { PGlite } from '@electric-sql/pglite';

import type { Region } from '#contracts/regions.ts';

import { poolOfPglite } from './pglite-pool.ts';
import { buildProduct, finishing } from './schema.ts';
import { resultsOf, type Side, type Sides } from './side.ts';

const ROLES = ['migrator', 'catalog', 'sync'];

async function openOne(database: PGlite, region: Region): Promise<Side> {
  const pool = poolOfPglite(database, 'sync');
  const as = async (role: string, statements: string): ReturnType<Side['write']> => {
    try {
      const results = resultsOf(await pool.query(`SET SESSION AUTHORIZATION ${role}; ${statements}; SET SESSION AUTHORIZATION sync`));
      return results.slice(1, -1);
    } catch (error) {
      await pool.query('ROLLBACK; SET SESSION AUTHORIZATION sync');
      throw error;
    }
  };
  const side: Side = {
    region,
    sync: pool,
    write: (statements) => as('catalog', statements),
    admin: (statements) => as('postgres', statements),
    async close() {
      await pool.end();
      await database.close();
    },
  };
  await side.admin(finishing(region));
  return side;
}

/** Two databases in this process, built by the product's own migrations. Each has one connection: nothing waits for a lock here. */
export async function openPgliteSides(): Promise<Sides & { close(): Promise<void> }> {
  const first = await PGlite.create();
  for (const role of ROLES) await first.exec(`CREATE ROLE ${role} LOGIN`);
  await first.exec('GRANT CREATE ON DATABASE postgres TO migrator');
  const pool = poolOfPglite(first, 'migrator');
  await buildProduct(pool);
  await pool.end();
  await first.exec('RESET SESSION AUTHORIZATION');
  const copy = await first.dumpDataDir('none');
  const world = await openOne(first, 'world');
  const china = await openOne(await PGlite.create({ loadDataDir: copy }), 'china');
  return {
    world,
    china,
    async close() {
      await world.close();
      await china.close();
    },
  };
}
