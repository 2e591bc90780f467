import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Text messages beside mails. A suppressed address may be a telephone number, of which no more is kept than of a mail address. */
export const sms: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE notification.notice
        DROP CONSTRAINT notice_channel_check,
        ADD CONSTRAINT notice_channel_check CHECK (channel IN ('email', 'sms'))`.execute(db);
  },
};
