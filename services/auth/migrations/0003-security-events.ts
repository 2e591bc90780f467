import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The security log. Rows are added and never changed, whoever asks; they outlive the account that they are about, so nothing refers to it. What is older than
 * 400 days may go, by a function that can do nothing else.
 */
export const securityEvents: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE auth.security_event (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        kind text COLLATE "C" NOT NULL CHECK (kind IN (
          'code_sent', 'sign_in', 'sign_in_failed', 'refresh_reuse', 'sign_out', 'session_ended', 'role_changed', 'factor_added', 'factor_removed',
          'account_opened', 'account_disabled', 'account_enabled', 'account_read', 'erased')),
        account_id uuid,
        actor_id uuid,
        session_id uuid,
        client text COLLATE "C" CHECK (length(client) = 22),
        detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object')
      )`.execute(db);
    await sql`CREATE INDEX security_event_at ON auth.security_event (at, id)`.execute(db);
    await sql`CREATE INDEX security_event_account ON auth.security_event (account_id, at, id)`.execute(db);
    await sql`
      CREATE FUNCTION auth.keep_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          IF OLD.at < now() - interval '400 days' THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION 'security events are only added' USING ERRCODE = 'insufficient_privilege';
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON auth.security_event FOR EACH ROW EXECUTE FUNCTION auth.keep_event()`.execute(db);
    await sql`
      CREATE TRIGGER keep_all BEFORE TRUNCATE ON auth.security_event FOR EACH STATEMENT EXECUTE FUNCTION auth.keep_event()`.execute(db);
    await sql`
      CREATE FUNCTION auth.forget_old_events() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DELETE FROM auth.security_event WHERE id IN (
          SELECT e.id FROM auth.security_event e WHERE e.at < now() - interval '400 days' ORDER BY e.at LIMIT 20 FOR UPDATE SKIP LOCKED)
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION auth.keep_event, auth.forget_old_events FROM PUBLIC`.execute(db);
    await sql`GRANT SELECT, INSERT ON auth.security_event TO auth`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION auth.forget_old_events TO auth`.execute(db);
  },
};
