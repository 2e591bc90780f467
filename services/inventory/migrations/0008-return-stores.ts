import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Where goods of an order come back to that no return names a store for. A store of which nothing is left may be deleted while goods of it are with somebody: put there, they would be sold to nobody.
 * Where they came from is there until the transaction ends, if it is the answer. Catalog's function is looked up when it is called, so that the two
 * schemas may be brought up to date in any order. `take_back` stays as it is: without a store the release before puts them where they came from.
 */
export const returnStores: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION inventory.return_store_of(order_id uuid) RETURNS uuid
      LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        RETURN (
          SELECT CASE WHEN EXISTS (SELECT FROM catalog.unusable_of(ARRAY[r.store_id], '{}')) THEN coalesce(s.online_store_id, r.store_id) ELSE r.store_id END
          FROM inventory.reservation r, inventory.setting s WHERE r.order_id = $1);
      END $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION inventory.return_store_of FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION inventory.return_store_of TO orders`.execute(db);
  },
};
