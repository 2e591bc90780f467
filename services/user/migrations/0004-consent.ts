import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What people agreed to and took back. Rows are added and neither changed nor removed: that somebody agreed has to be shown later (GDPR, article 7 (1)). */
export const consent: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE users.consent (
        id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES users.profile ON DELETE CASCADE,
        topic text COLLATE "C" NOT NULL CHECK (topic IN ('marketing_email', 'marketing_sms', 'cross_border')),
        granted boolean NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        wording_version text COLLATE "C" NOT NULL
      )`.execute(db);
    await sql`CREATE INDEX consent_latest ON users.consent (account_id, topic, id DESC)`.execute(db);
    // Whoever writes holds the profile, so the greatest id of a topic is the latest answer.
    await sql`
      CREATE FUNCTION users.consents_to(account_id uuid, topic text) RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT coalesce((SELECT c.granted FROM users.consent c
          WHERE c.account_id = consents_to.account_id AND c.topic = consents_to.topic ORDER BY c.id DESC LIMIT 1), false)
      $$`.execute(db);
    await sql`
      CREATE FUNCTION users.may_contact(account_id uuid, topic text) RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT may_contact.topic IN ('marketing_email', 'marketing_sms') AND users.consents_to(may_contact.account_id, may_contact.topic)
      $$`.execute(db);
    await sql`
      CREATE FUNCTION users.contact_of(account_id uuid) RETURNS TABLE (language text, name text)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT p.language, p.name FROM users.profile p WHERE p.account_id = contact_of.account_id
      $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION users.consents_to, users.may_contact, users.contact_of FROM PUBLIC`.execute(db);
    await sql`GRANT SELECT, INSERT ON users.consent TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.consents_to TO users`.execute(db);
    await sql`GRANT USAGE ON SCHEMA users TO notification`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.may_contact, users.contact_of TO notification`.execute(db);
  },
};
