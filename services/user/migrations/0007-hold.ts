import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * An access token outlives its account by minutes: who writes down what is somebody's, in another service, asks for that account first, under the lock that an
 * erasure takes.
 */
export const hold: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION users.hold(accounts uuid[]) RETURNS SETOF uuid
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('users.account ' || held.id, 0))
        FROM (SELECT DISTINCT a.id FROM unnest(accounts) AS a (id) ORDER BY a.id) AS held;
        RETURN QUERY SELECT DISTINCT a.id FROM unnest(accounts) AS a (id)
          JOIN users.erasure e ON e.account_digest = sha256(convert_to(a.id::text, 'UTF8'));
      END $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION users.hold FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.hold TO orders`.execute(db);
  },
};
