import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When the content of an address was last changed: where the default goes, the latest is it. Null of what was only made, and of what a release before this one changed. */
export const addressChanged: Migration = {
  async up(db) {
    await sql`ALTER TABLE users.address ADD COLUMN changed_at timestamptz`.execute(db);
  },
};
