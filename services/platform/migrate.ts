import { setTimeout as pause } from 'node:timers/promises';

import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

import { codeOf } from './errors.ts';
import type { Logger } from './log.ts';
import { withLockTimeout } from './migrations/lock-timeout.ts';

/** The migrations of one service, by name; names sort in the order in which they run. */
export interface MigrationSet {
  readonly schema: string;
  readonly migrations: Readonly<Record<string, Migration>>;
}

/** How long a migration waits for a lock, how often it is tried, and how long those who queued behind it have in between. */
export interface MigrationPatience {
  readonly lockTimeoutMs: number;
  readonly tries: number;
  readonly pauseMs: number;
}

/**
 * Whoever comes after a migration that waits for a table waits with it, so it gives up soon and comes again. Not sooner than after a second: only whoever has waited for
 * PostgreSQL's deadlock_timeout makes an autovacuum of the table give way.
 */
const patience: MigrationPatience = { lockTimeoutMs: 3_000, tries: 20, pauseMs: 2_000 };

/** Deadlock, lock not available: another try may pass. */
const lockRefusals = new Set(['40P01', '55P03']);

/**
 * Brings `set` up to date in its own schema, each migration in a transaction of its own under Kysely's lock, so that many processes may call it at once. Forward only.
 * One that does not get its locks is tried again, a bounded number of times. Throws the error of the first migration that fails; what ran before it stays.
 */
export async function migrate<Tables>(db: Kysely<Tables>, set: MigrationSet, log: Logger, limits = patience): Promise<void> {
  const migrations = Object.entries(set.migrations).map(([name, migration]) => [name, withLockTimeout(migration, limits.lockTimeoutMs)]);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(migrations) },
    migrationTableSchema: set.schema,
  });
  for (;;) if (!(await migrateOne(migrator, set.schema, log, limits))) return;
}

/** Whether there was one to run. */
async function migrateOne(migrator: Migrator, schema: string, log: Logger, { tries, pauseMs }: MigrationPatience): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const { error, results = [] } = await migrator.migrateUp();
    for (const result of results) log.info({ schema, migration: result.migrationName, status: result.status, attempt }, 'migration');
    if (error === undefined) return results.length > 0;
    const code = codeOf(error);
    const migration = results[0]?.migrationName;
    if (migration === undefined || code === undefined || !lockRefusals.has(code)) throw error;
    if (attempt >= tries) throw new Error(refused(`${schema}/${migration}`, code, tries), { cause: error });
    log.warn({ err: error, schema, migration, attempt, tries, pauseMs }, 'migration did not get its locks and is tried again');
    await pause(pauseMs);
  }
}

const refused = (migration: string, code: string, tries: number): string =>
  `migration ${migration} did not get its locks in ${tries} tries (${code}): a transaction holds a table of it for long. Find it in pg_stat_activity by the oldest ` +
  'xact_start, let it end or end it with pg_terminate_backend, and run the migrations again: what ran before this one stays, of this one nothing';
