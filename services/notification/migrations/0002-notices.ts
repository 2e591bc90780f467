import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What was told to whom, as ids alone: addresses, names and texts are read when a notice is sent, and kept nowhere. One notice an event and channel, which is what
 * makes an event that comes twice harmless. Notices and refusals are deleted by age.
 */
export const notices: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE notification.notice (
        id uuid PRIMARY KEY,
        event_id text COLLATE "C" NOT NULL,
        event_type text COLLATE "C" NOT NULL,
        subject_id text COLLATE "C" NOT NULL,
        account_id uuid,
        channel text COLLATE "C" NOT NULL CHECK (channel IN ('email')),
        template text COLLATE "C" NOT NULL,
        language text COLLATE "C",
        state text COLLATE "C" NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'suppressed', 'failed', 'dead')),
        attempts int NOT NULL DEFAULT 0,
        next_try_at timestamptz DEFAULT clock_timestamp(),
        claim uuid,
        leased_until timestamptz,
        provider_message_id text COLLATE "C",
        error_code text COLLATE "C",
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        sent_at timestamptz,
        UNIQUE (event_id, channel),
        CHECK ((state = 'sending') = (claim IS NOT NULL AND leased_until IS NOT NULL)),
        CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
        CHECK ((state IN ('queued', 'failed')) = (next_try_at IS NOT NULL))
      )`.execute(db);
    await sql`CREATE INDEX notice_due ON notification.notice (coalesce(leased_until, next_try_at)) WHERE state IN ('queued', 'failed', 'sending')`.execute(
      db,
    );
    await sql`CREATE INDEX notice_by_age ON notification.notice (created_at, id)`.execute(db);
    await sql`CREATE INDEX notice_account ON notification.notice (account_id) WHERE account_id IS NOT NULL`.execute(db);
    await sql`
      CREATE TABLE notification.refused_message (
        id text COLLATE "C" PRIMARY KEY,
        reason text COLLATE "C" NOT NULL,
        type text CHECK (char_length(type) <= 200),
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`.execute(db);
    await sql`
      CREATE TABLE notification.suppression (
        id uuid PRIMARY KEY,
        address_digest bytea NOT NULL UNIQUE CHECK (octet_length(address_digest) = 32),
        reason text COLLATE "C" NOT NULL CHECK (reason IN ('hard_bounce', 'complaint')),
        at timestamptz NOT NULL
      )`.execute(db);
    await sql`CREATE INDEX suppression_by_age ON notification.suppression (at, id)`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON notification.notice, notification.suppression TO notification`.execute(db);
    await sql`GRANT SELECT, INSERT, DELETE ON notification.refused_message TO notification`.execute(db);
  },
};
