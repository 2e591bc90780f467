import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { policyOf } from '#contracts/sync-policy.ts';
import { makeSynced } from '#platform/synced-table.ts';

/**
 * That somebody who is linked asked in one region for a copy of what is held of them in the other, too. `copy_request` crosses, knows the link's number, and says when.
 * A row for each region, which writes its own alone: both may ask at once. Where one arrives, whoever is tied to the number is told, and not again within half a day.
 */
export const copyRequest: Migration = {
  async up(db) {
    // No foreign key to the link: what is asked of a link that is not there, or no more, is asked of nobody, and need not wait.
    await sql`
      CREATE TABLE users.copy_request (
        id text COLLATE "C" PRIMARY KEY,
        person_id uuid NOT NULL,
        region text COLLATE "C" NOT NULL,
        asked_at timestamptz NOT NULL,
        CONSTRAINT one_for_each_region CHECK (id = region || '/' || person_id)
      )`.execute(db);
    await makeSynced(db, policyOf('users.copy_request'));
    await sql`ALTER TABLE users.linked_account ADD COLUMN copy_told_at timestamptz`.execute(db);
    // The event is about the number: whose it is, is asked when they are told, and no notice names an account that is erased by then.
    await sql`
      CREATE FUNCTION users.tell_copy_request() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        -- Our own may come back to a database that has lost it.
        IF NEW.region = split_part(sync.origin(), '#', 1) THEN
          RETURN NULL;
        END IF;
        -- Less than the day that the region which asks lets pass: two requests of a day apart may take unlike times to arrive.
        UPDATE users.linked_account a SET copy_told_at = clock_timestamp()
        WHERE a.person_id = NEW.person_id AND (a.copy_told_at IS NULL OR a.copy_told_at <= clock_timestamp() - interval '12 hours');
        IF FOUND THEN
          PERFORM events.emit('madeinworld.export.asked.v1', NEW.person_id::text);
        END IF;
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER tell_copy_request AFTER INSERT OR UPDATE ON users.copy_request FOR EACH ROW WHEN (sync.is_applying())
      EXECUTE FUNCTION users.tell_copy_request()`.execute(db);
    await sql`
      CREATE FUNCTION users.account_of(person_id uuid) RETURNS uuid
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT a.account_id FROM users.linked_account a WHERE a.person_id = account_of.person_id
      $$`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION users.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object('name', p.name, 'language', p.language, 'createdAt', p.created_at,
          'addresses', (
            SELECT coalesce(jsonb_agg(users.postal_address(a) || jsonb_build_object('isDefault', a.is_default, 'createdAt', a.created_at) ORDER BY a.id), '[]')
            FROM users.address a WHERE a.account_id = p.account_id),
          'link', (
            SELECT jsonb_build_object('state', l.state, 'homeRegion', l.home_region, 'since', a.linked_at,
              'copiesAsked', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('region', r.region, 'askedAt', r.asked_at) ORDER BY r.region), '[]')
                FROM users.copy_request r WHERE r.id IN ('china/' || l.id, 'world/' || l.id)),
              'copyToldAt', a.copy_told_at)
            FROM users.linked_account a JOIN users.link l ON l.id = a.person_id
            WHERE a.account_id = p.account_id),
          'consents', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('topic', c.topic, 'granted', c.granted, 'at', c.at, 'wordingVersion', c.wording_version) ORDER BY c.id), '[]')
            FROM users.consent c WHERE c.account_id = p.account_id))
        FROM users.profile p WHERE p.account_id = export_of.account_id
      $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION users.tell_copy_request, users.account_of FROM PUBLIC`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE (asked_at) ON users.copy_request TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.account_of TO notification`.execute(db);
  },
};
