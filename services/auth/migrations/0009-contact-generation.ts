import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * How often what an account is reached by has been replaced or removed. Who proved a contact of an earlier generation is not signed in, nor asked for a factor on the
 * strength of it. Counted by a trigger: a process of the release before this one counts, too. Its challenges have no generation, and are not held to one.
 */
export const contactGeneration: Migration = {
  async up(db) {
    await sql`ALTER TABLE auth.account ADD COLUMN contact_generation int NOT NULL DEFAULT 0`.execute(db);
    await sql`ALTER TABLE auth.factor_challenge ADD COLUMN contact_generation int`.execute(db);
    await sql`
      CREATE FUNCTION auth.count_contacts() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        NEW.contact_generation := OLD.contact_generation + 1;
        RETURN NEW;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER count_contacts BEFORE UPDATE OF email, phone ON auth.account FOR EACH ROW
      WHEN ((OLD.email IS NOT NULL AND NEW.email IS DISTINCT FROM OLD.email) OR (OLD.phone IS NOT NULL AND NEW.phone IS DISTINCT FROM OLD.phone))
      EXECUTE FUNCTION auth.count_contacts()`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION auth.count_contacts FROM PUBLIC`.execute(db);
  },
};
