import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What notification offers the region's other services: docs/domain.md. */
export const offered: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION notification.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object('notices', coalesce(jsonb_agg(jsonb_build_object(
          'eventType', n.event_type, 'subjectId', n.subject_id, 'channel', n.channel, 'template', n.template, 'language', n.language,
          'state', n.state, 'createdAt', n.created_at, 'sentAt', n.sent_at) ORDER BY n.created_at, n.id), '[]'))
        FROM notification.notice n WHERE n.account_id = $1
      $$`.execute(db);
    // The rows stay: without them an event that comes again would be told again.
    await sql`
      CREATE FUNCTION notification.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        forgotten int;
      BEGIN
        UPDATE notification.notice n SET account_id = NULL, language = NULL, provider_message_id = NULL WHERE n.account_id = $1;
        GET DIAGNOSTICS forgotten = ROW_COUNT;
        RETURN forgotten;
      END $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION notification.export_of, notification.erase FROM PUBLIC`.execute(db);
    await sql`GRANT USAGE ON SCHEMA notification TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION notification.export_of TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION notification.erase TO users, notification`.execute(db);
  },
};
