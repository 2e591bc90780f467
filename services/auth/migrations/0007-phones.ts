import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Telephone numbers beside mail addresses: an account has one of both at least, a challenge exactly one. A challenge with an account proves a contact that is to be
 * that account's, and signs nobody in. The release before this one writes addresses alone, which fits.
 */
export const phones: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE auth.account
        ALTER COLUMN email DROP NOT NULL,
        ADD COLUMN phone text COLLATE "C" UNIQUE CHECK (phone ~ '^[+][1-9][0-9]{7,14}$'),
        ADD CONSTRAINT account_contact CHECK (num_nonnulls(email, phone) > 0)`.execute(db);
    await sql`
      ALTER TABLE auth.challenge
        ALTER COLUMN email DROP NOT NULL,
        ADD COLUMN phone text COLLATE "C" CHECK (phone ~ '^[+][1-9][0-9]{7,14}$'),
        ADD COLUMN account_id uuid REFERENCES auth.account ON DELETE CASCADE,
        ADD CONSTRAINT challenge_contact CHECK (num_nonnulls(email, phone) = 1)`.execute(db);
    await sql`CREATE INDEX challenge_account ON auth.challenge (account_id) WHERE account_id IS NOT NULL`.execute(db);
    await sql`
      ALTER TABLE auth.security_event
        DROP CONSTRAINT security_event_kind_check,
        ADD CONSTRAINT security_event_kind_check CHECK (kind IN (
          'code_sent', 'sign_in', 'sign_in_failed', 'refresh_reuse', 'sign_out', 'session_ended', 'role_changed', 'factor_added', 'factor_removed',
          'contact_added', 'contact_changed', 'contact_removed',
          'account_opened', 'account_disabled', 'account_enabled', 'account_read', 'erased'))`.execute(db);
    await sql`
      CREATE FUNCTION auth.phone_of(account_id uuid) RETURNS text
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT a.phone FROM auth.account a WHERE a.id = $1
      $$`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION auth.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object(
          'email', a.email, 'phone', a.phone, 'role', a.role, 'createdAt', a.created_at, 'disabledAt', a.disabled_at,
          'sessions', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('device', s.device, 'createdAt', s.created_at, 'lastUsedAt', s.last_used_at,
              'expiresAt', s.expires_at, 'endedAt', s.revoked_at) ORDER BY s.created_at), '[]') FROM auth.session s WHERE s.account_id = a.id),
          'factors', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'label', f.label, 'createdAt', f.created_at, 'lastUsedAt', f.last_used_at)
              ORDER BY f.created_at), '[]')
            FROM (SELECT 'totp' AS kind, 'Authenticator app' AS label, t.created_at, t.last_used_at FROM auth.totp t
                WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL
              UNION ALL SELECT 'passkey', p.label, p.created_at, p.last_used_at FROM auth.passkey p WHERE p.account_id = a.id) f),
          'events', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'client', e.client, 'detail', e.detail) ORDER BY e.at, e.id), '[]')
            FROM auth.security_event e WHERE e.account_id = a.id))
        FROM auth.account a WHERE a.id = $1
      $$`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION auth.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        held record;
        challenges int;
      BEGIN
        SELECT a.email, a.phone INTO held FROM auth.account a WHERE a.id = $1 FOR UPDATE;
        IF NOT FOUND THEN RETURN 0; END IF;
        DELETE FROM auth.challenge c WHERE c.email = held.email OR c.phone = held.phone OR c.account_id = $1;
        GET DIAGNOSTICS challenges = ROW_COUNT;
        DELETE FROM auth.account a WHERE a.id = $1;
        INSERT INTO auth.security_event (kind, account_id) VALUES ('erased', $1);
        RETURN 1 + challenges;
      END $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION auth.phone_of FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION auth.phone_of TO notification`.execute(db);
  },
};
