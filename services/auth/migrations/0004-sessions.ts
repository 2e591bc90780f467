import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Sessions that their owner can tell apart, and end. `device` is one of a few texts of ours, and no address is kept. */
export const sessions: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE auth.session
        ADD COLUMN device text NOT NULL DEFAULT 'Unknown device' CHECK (length(device) <= 60),
        ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now(),
        DROP CONSTRAINT session_revoked_for_check,
        ADD CONSTRAINT session_revoked_for_check CHECK (revoked_for IN ('sign-out', 'reuse', 'disabled', 'ended'))`.execute(db);
    await sql`DROP INDEX auth.session_account`.execute(db);
    await sql`CREATE INDEX session_account ON auth.session (account_id, created_at, id)`.execute(db);
  },
};
