import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What a person says of themselves. Whatever else this service holds of somebody refers to the profile, and goes with it. There is no right to DELETE: a
 * profile ends by an erasure alone.
 */
export const profile: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE users.profile (
        account_id uuid PRIMARY KEY,
        name text CHECK (char_length(name) BETWEEN 1 AND 200),
        language text COLLATE "C" NOT NULL CHECK (language IN ('en', 'zh')),
        created_at timestamptz NOT NULL DEFAULT now(),
        version int NOT NULL DEFAULT 1
      )`.execute(db);
    await sql`CREATE INDEX profile_name_prefix ON users.profile (lower(name) text_pattern_ops)`.execute(db);
    await sql`CREATE INDEX profile_by_name ON users.profile (coalesce(name, ''), account_id)`.execute(db);
    await sql`CREATE INDEX profile_by_age ON users.profile (created_at, account_id)`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE (name, language, version) ON users.profile TO users`.execute(db);
  },
};
