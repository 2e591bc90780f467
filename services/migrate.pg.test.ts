/** Goal: as many processes as start at once may bring a database up to date; each migration is done once, and all of them wait until it is. Planted once: a region that two of them name. */
import pg from 'pg';
import { expect, it } from 'vitest';

import { createTestDatabase } from '#sim/checks/pg-database.ts';

import { migrateRegion } from './testing/region-database.ts';

it('several processes migrate an empty database at once', async () => {
  const database = await createTestDatabase();
  const inspect = new pg.Client({ connectionString: database.url });
  try {
    await inspect.connect();
    await Promise.all(Array.from({ length: 4 }, () => migrateRegion(database, 'world')));
    const { rows: tables } = await inspect.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE tablename ~ 'migration$'`,
    );
    expect(tables.length).toBeGreaterThan(5);
    for (const { name } of tables) {
      const { rows } = await inspect.query<{ done: number; all: number }>(
        `SELECT count(DISTINCT name)::int AS done, count(*)::int AS all FROM ${name}`,
      );
      expect(rows[0]?.done, name).toBeGreaterThan(0);
      expect(rows[0]?.all, name).toBe(rows[0]?.done);
    }
  } finally {
    await inspect.end();
    await database.drop();
  }
}, 120_000);
