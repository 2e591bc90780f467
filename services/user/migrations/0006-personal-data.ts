import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What this service holds of a person and how it forgets it, and the receipts of erasures. A receipt knows the account by a digest: account ids are random,
 * so it names nobody; but who restores a backup finds by it whom to erase again.
 */
export const personalData: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE users.erasure (
        id uuid PRIMARY KEY,
        account_digest bytea NOT NULL UNIQUE,
        erased_at timestamptz NOT NULL DEFAULT now(),
        staff_id uuid,
        reason text COLLATE "C" CHECK (reason IN ('asked_support', 'legal_obligation', 'abuse')),
        erased jsonb NOT NULL,
        CONSTRAINT staff_say_why CHECK ((staff_id IS NULL) = (reason IS NULL))
      )`.execute(db);
    await sql`
      CREATE FUNCTION users.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object('name', p.name, 'language', p.language, 'createdAt', p.created_at,
          'addresses', (
            SELECT coalesce(jsonb_agg(users.postal_address(a) || jsonb_build_object('isDefault', a.is_default, 'createdAt', a.created_at) ORDER BY a.id), '[]')
            FROM users.address a WHERE a.account_id = p.account_id),
          'link', (
            SELECT jsonb_build_object('state', l.state, 'homeRegion', l.home_region, 'since', a.linked_at)
            FROM users.linked_account a JOIN users.link l ON l.id = a.person_id WHERE a.account_id = p.account_id),
          'consents', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('topic', c.topic, 'granted', c.granted, 'at', c.at, 'wordingVersion', c.wording_version) ORDER BY c.id), '[]')
            FROM users.consent c WHERE c.account_id = p.account_id))
        FROM users.profile p WHERE p.account_id = export_of.account_id
      $$`.execute(db);
    await sql`
      CREATE FUNCTION users.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        addresses int;
        consents int;
        profiles int;
        links int;
      BEGIN
        -- Whoever adds something holds the profile, so that nothing is added behind what is counted here.
        PERFORM FROM users.profile p WHERE p.account_id = erase.account_id FOR UPDATE;
        links := users.end_link(erase.account_id);
        DELETE FROM users.address a WHERE a.account_id = erase.account_id;
        GET DIAGNOSTICS addresses = ROW_COUNT;
        DELETE FROM users.consent c WHERE c.account_id = erase.account_id;
        GET DIAGNOSTICS consents = ROW_COUNT;
        DELETE FROM users.profile p WHERE p.account_id = erase.account_id;
        GET DIAGNOSTICS profiles = ROW_COUNT;
        RETURN links + addresses + consents + profiles;
      END $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION users.export_of, users.erase FROM PUBLIC`.execute(db);
    await sql`GRANT SELECT, INSERT ON users.erasure TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.export_of, users.erase TO users`.execute(db);
  },
};
