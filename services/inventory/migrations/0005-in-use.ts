import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What inventory offers the catalogue, which asks before it deletes: whether goods would be left behind. Whatever is reserved is on hand. No lock is taken: the
 * catalogue has locked its row, for which whoever brings goods in waits (0010 of catalog).
 */
export const inUse: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION inventory.uses_store(store_id uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT EXISTS (SELECT FROM inventory.setting s WHERE s.online_store_id = $1)
          OR EXISTS (SELECT FROM inventory.stock s WHERE s.store_id = $1 AND s.on_hand > 0)
      $$`.execute(db);
    await sql`
      CREATE FUNCTION inventory.uses_product(product_id uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$ SELECT EXISTS (SELECT FROM inventory.stock s WHERE s.product_id = $1 AND s.on_hand > 0) $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION inventory.uses_store, inventory.uses_product FROM PUBLIC`.execute(db);
    await sql`GRANT USAGE ON SCHEMA inventory TO catalog`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION inventory.uses_store, inventory.uses_product TO catalog`.execute(db);
  },
};
