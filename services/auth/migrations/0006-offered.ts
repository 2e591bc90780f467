import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What auth offers the region's other services: docs/domain.md. */
export const offered: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION auth.email_of(account_id uuid) RETURNS text
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT a.email FROM auth.account a WHERE a.id = $1
      $$`.execute(db);
    await sql`
      CREATE FUNCTION auth.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object(
          'email', a.email, 'role', a.role, 'createdAt', a.created_at, 'disabledAt', a.disabled_at,
          'sessions', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('device', s.device, 'createdAt', s.created_at, 'lastUsedAt', s.last_used_at,
              'expiresAt', s.expires_at, 'endedAt', s.revoked_at) ORDER BY s.created_at), '[]') FROM auth.session s WHERE s.account_id = a.id),
          'events', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'client', e.client, 'detail', e.detail) ORDER BY e.at, e.id), '[]')
            FROM auth.security_event e WHERE e.account_id = a.id))
        FROM auth.account a WHERE a.id = $1
      $$`.execute(db);
    await sql`
      CREATE FUNCTION auth.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        address text;
        challenges int;
      BEGIN
        DELETE FROM auth.account a WHERE a.id = $1 RETURNING a.email INTO address;
        IF NOT FOUND THEN RETURN 0; END IF;
        DELETE FROM auth.challenge c WHERE c.email = address;
        GET DIAGNOSTICS challenges = ROW_COUNT;
        INSERT INTO auth.security_event (kind, account_id) VALUES ('erased', $1);
        RETURN 1 + challenges;
      END $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION auth.email_of, auth.export_of, auth.erase FROM PUBLIC`.execute(db);
    await sql`GRANT USAGE ON SCHEMA auth TO notification, users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION auth.email_of TO notification`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION auth.export_of, auth.erase TO users`.execute(db);
  },
};
