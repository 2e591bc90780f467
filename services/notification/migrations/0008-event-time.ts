import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When the event of a notice was: of several shipments it tells which one the notice is about. Null of events without a time, and of notices from before this release. */
export const eventTime: Migration = {
  async up(db) {
    await sql`ALTER TABLE notification.notice ADD COLUMN occurred_at timestamptz`.execute(db);
  },
};
