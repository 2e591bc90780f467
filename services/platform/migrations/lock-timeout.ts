import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** `migration`, which fails where it waits longer for a lock. Kysely's own lock is taken before and not meant: whoever waits for another migrator has time. Forward only. */
export function withLockTimeout(migration: Migration, lockTimeoutMs: number): Migration {
  return {
    async up(db) {
      await sql`SET LOCAL lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(db);
      await migration.up(db);
    },
  };
}
