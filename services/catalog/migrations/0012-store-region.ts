import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/**
 * In which region a store's goods are. Rows that do not say so (those that were there, and those of the release before, of either region) are China's where their country
 * is China, and the world's elsewhere: nothing is filled in, for what a region fills in under a stamp that both have would stand on one side alone. `catalog.region_of`
 * says it for all rows, and a trigger keeps it as it was, whoever writes the country; two regions that make one store at once may still decide it by their merge.
 */
export const storeRegion: Migration = {
  async up(db) {
    await sql`ALTER TABLE catalog.store ADD COLUMN region text COLLATE "C" CHECK (region IN ('world', 'china'))`.execute(db);
    await sql`
      CREATE FUNCTION catalog.region_of(region text, country text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN coalesce(region, CASE country WHEN 'CN' THEN 'china' ELSE 'world' END)`.execute(db);
    await sql`
      CREATE FUNCTION catalog.keep_store_region() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF NEW.region IS DISTINCT FROM OLD.region THEN
          RAISE EXCEPTION 'the region of a store cannot change' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        NEW.region := catalog.region_of(OLD.region, OLD.country);
        RETURN NEW;
      END $$`.execute(db);
    await makeSynced(
      db,
      policyAsOf('catalog.store', ['code', 'name', 'city', 'country', 'latitude', 'longitude', 'opening_hours', 'region']),
    );
    // Made last: what the other region's newer release has said already has just moved into the rows.
    await sql`
      CREATE TRIGGER keep_region BEFORE UPDATE OF region, country ON catalog.store FOR EACH ROW
      WHEN (catalog.region_of(NEW.region, NEW.country) <> catalog.region_of(OLD.region, OLD.country) AND NOT sync.is_applying())
      EXECUTE FUNCTION catalog.keep_store_region()`.execute(db);
    // As missing_of, which stays for the release before, and with whose goods are elsewhere. Rows are locked by their ids: what is there stays until the transaction ends.
    await sql`
      CREATE FUNCTION catalog.unusable_of(stores uuid[], products uuid[]) RETURNS TABLE (kind text, id uuid, why text)
      LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        WITH store AS MATERIALIZED (
            SELECT s.id, catalog.region_of(s.region, s.country) AS region FROM catalog.store s WHERE s.id = ANY ($1) ORDER BY s.id FOR KEY SHARE),
          product AS MATERIALIZED (SELECT p.id FROM catalog.product p WHERE p.id = ANY ($2) ORDER BY p.id FOR KEY SHARE)
        SELECT DISTINCT 'store', w.id, CASE WHEN s.id IS NULL THEN 'missing' ELSE 'elsewhere' END
        FROM unnest($1) AS w(id) LEFT JOIN store s ON s.id = w.id WHERE s.region IS DISTINCT FROM catalog.region()
        UNION ALL
        SELECT DISTINCT 'product', w.id, 'missing' FROM unnest($2) AS w(id) WHERE NOT EXISTS (SELECT FROM product p WHERE p.id = w.id)
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION catalog.region_of, catalog.keep_store_region, catalog.unusable_of FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION catalog.region_of TO catalog`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION catalog.unusable_of TO inventory, orders`.execute(db);
  },
};
