import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import type { Region } from '#contracts/regions.ts';
import type { MigrationSet } from '#platform/migrate.ts';

/** A migration that runs the .sql files of a folder in the order of their numbers: the engine is SQL, and reads best as SQL. */
function fromFolder(folder: string): Migration {
  return {
    async up(db) {
      const files = (await readdir(join(import.meta.dirname, folder))).filter((name) => name.endsWith('.sql')).sort();
      for (const file of files) await sql.raw(await readFile(join(import.meta.dirname, folder, file), 'utf8')).execute(db);
    },
  };
}

export const migrations: MigrationSet = {
  schema: 'sync',
  migrations: { '0001-core': fromFolder('0001-core') },
};

/** Names the region of a database that has no name yet; does nothing where it has this one. Throws where it is another region's. */
export async function setRegion<Tables>(db: Kysely<Tables>, region: Region): Promise<void> {
  const { rows } = await sql<{ region: string }>`SELECT region FROM sync.node`.execute(db);
  const held = rows[0]?.region;
  if (held === region) return;
  if (held !== undefined) throw new Error(`this database belongs to region ${held}, not ${region}`);
  await sql`SELECT sync.set_node(${region}, 1)`.execute(db);
}
