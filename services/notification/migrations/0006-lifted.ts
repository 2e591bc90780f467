import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When suppressions were lifted: what was reported before then may be delivered again after it. Apart from the suppressions, which an earlier release reads. They go by age. */
export const lifted: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE notification.lifted_suppression (
        address_digest bytea PRIMARY KEY CHECK (octet_length(address_digest) = 32),
        at timestamptz NOT NULL
      )`.execute(db);
    await sql`CREATE INDEX lifted_suppression_by_age ON notification.lifted_suppression (at)`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON notification.lifted_suppression TO notification`.execute(db);
  },
};
