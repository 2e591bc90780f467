import type pg from 'pg';

/** Puts a store into the catalogue, for tests of what asks whether there is one. By somebody who may write there. */
export async function addStore(database: Pick<pg.Client, 'query'>, id: string, code = id): Promise<void> {
  await database.query(`INSERT INTO catalog.store (id, code, name, city, country) VALUES ($1, $2, 'Store', 'York', 'GB')`, [id, code]);
}
