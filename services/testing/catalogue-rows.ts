import type pg from 'pg';

import type { Region } from '#contracts/regions.ts';

/** Puts a store into the catalogue, of the database's own region where none is named, for tests of what asks whether there is one. By somebody who may write there. */
export async function addStore(
  database: Pick<pg.Client, 'query'>,
  id: string,
  { code = id, region }: { readonly code?: string; readonly region?: Region } = {},
): Promise<void> {
  await database.query(
    `INSERT INTO catalog.store (id, code, name, city, country, region) VALUES ($1, $2, 'Store', 'York', 'GB', coalesce($3, catalog.region()))`,
    [id, code, region],
  );
}
