import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When something came back, where that was elsewhere and before it is recorded; null of what came back when it was written down, and of what was recorded before this release. */
export const returnedAt: Migration = {
  async up(db) {
    await sql`ALTER TABLE orders.return ADD COLUMN returned_at timestamptz`.execute(db);
  },
};
