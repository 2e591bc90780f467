import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The schema is the migrator's, which made it to keep its own tables there: the service may look into it, and has what later migrations grant. */
export const schema: Migration = {
  async up(db) {
    await sql`GRANT USAGE ON SCHEMA orders TO orders`.execute(db);
  },
};
