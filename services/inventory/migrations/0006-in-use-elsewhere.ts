import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * As uses_store and uses_product, which stay for the release before, and with the other region's goods, as far as its availability has crossed: `here`, `elsewhere`, or
 * null where nothing is known of any. Availability is that of a region's online store, and does not say which one that is: of a store there it tells that it may be that one.
 */
export const inUseElsewhere: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION inventory.use_of_store(store_id uuid, region text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT CASE
          WHEN inventory.uses_store($1) THEN 'here'
          WHEN $2 <> (SELECT n.region FROM sync.node n) AND EXISTS (SELECT FROM inventory.availability a WHERE a.region = $2 AND a.level <> 'out') THEN 'elsewhere'
        END
      $$`.execute(db);
    await sql`
      CREATE FUNCTION inventory.use_of_product(product_id uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT CASE
          WHEN inventory.uses_product($1) THEN 'here'
          WHEN EXISTS (SELECT FROM inventory.availability a JOIN sync.node n ON n.region <> a.region WHERE a.product_id = $1 AND a.level <> 'out') THEN 'elsewhere'
        END
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION inventory.use_of_store, inventory.use_of_product FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION inventory.use_of_store, inventory.use_of_product TO catalog`.execute(db);
  },
};
