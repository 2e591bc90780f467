import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

import type { Logger } from './log.ts';

/** The migrations of one service, by name; names sort in the order in which they run. */
export interface MigrationSet {
  readonly schema: string;
  readonly migrations: Readonly<Record<string, Migration>>;
}

/**
 * Brings `set` up to date in its own schema, under Kysely's lock, so that many processes may call it at once. Forward only.
 * Throws the error of the first migration that fails; what ran before it stays.
 */
export async function migrate<Tables>(db: Kysely<Tables>, set: MigrationSet, log: Logger): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...set.migrations }) },
    migrationTableSchema: set.schema,
  });
  const { error, results } = await migrator.migrateToLatest();
  for (const result of results ?? []) log.info({ schema: set.schema, migration: result.migrationName, status: result.status }, 'migration');
  if (error !== undefined) throw error;
}
