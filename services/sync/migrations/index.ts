import { join } from 'node:path';

import { type Kysely, sql } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import type { MigrationSet } from '#platform/migrate.ts';
import { migrationFromFolder } from '#platform/migrations/from-folder.ts';

import { textKeys } from './0002-text-keys.ts';

export const migrations: MigrationSet = {
  schema: 'sync',
  migrations: { '0001-core': migrationFromFolder(join(import.meta.dirname, '0001-core')), '0002-text-keys': textKeys },
};

/** Names the region of a database that has no name yet; does nothing where it has this one. Throws where it is another region's. Many processes may call it at once. */
export async function setRegion<Tables>(db: Kysely<Tables>, region: Region): Promise<void> {
  const held = await regionOf(db);
  if (held === region) return;
  if (held !== undefined) throw new Error(`this database belongs to region ${held}, not ${region}`);
  try {
    await sql`SELECT sync.set_node(${region}, 1)`.execute(db);
  } catch (error) {
    // Another process may have named it meanwhile: a name is given once.
    if ((await regionOf(db)) !== region) throw error;
  }
}

async function regionOf<Tables>(db: Kysely<Tables>): Promise<string | undefined> {
  const { rows } = await sql<{ region: string }>`SELECT region FROM sync.node`.execute(db);
  return rows[0]?.region;
}
