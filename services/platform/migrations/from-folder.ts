import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A migration that runs the .sql files of `folder` in the order of their names: what is mostly functions reads best as SQL. */
export function migrationFromFolder(folder: string): Migration {
  return {
    async up(db) {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
      for (const file of files) await sql.raw(await readFile(join(folder, file), 'utf8')).execute(db);
    },
  };
}
