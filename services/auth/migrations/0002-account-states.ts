import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** All roles may be given, and an account may be disabled. */
export const accountStates: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE auth.account
        DROP CONSTRAINT account_role_check,
        ADD CONSTRAINT account_role_check CHECK (role IN ('customer', 'support', 'catalogue', 'warehouse', 'operator', 'admin')),
        ADD COLUMN disabled_at timestamptz`.execute(db);
    await sql`CREATE INDEX account_created_at ON auth.account (created_at, id)`.execute(db);
    await sql`
      ALTER TABLE auth.session
        DROP CONSTRAINT session_revoked_for_check,
        ADD CONSTRAINT session_revoked_for_check CHECK (revoked_for IN ('sign-out', 'reuse', 'disabled'))`.execute(db);
  },
};
