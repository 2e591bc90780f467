import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What the catalogue offers those who write down its ids: which of them name nothing. What is there stays until the transaction ends, for a deletion waits for the
 * lock; whoever deletes looks for stock after that (0005 of inventory), so that of a receipt and a deletion at once one is refused. Rows are locked by their ids.
 */
export const missing: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION catalog.missing_of(stores uuid[], products uuid[]) RETURNS TABLE (kind text, id uuid)
      LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        WITH store AS MATERIALIZED (SELECT s.id FROM catalog.store s WHERE s.id = ANY ($1) ORDER BY s.id FOR KEY SHARE),
          product AS MATERIALIZED (SELECT p.id FROM catalog.product p WHERE p.id = ANY ($2) ORDER BY p.id FOR KEY SHARE)
        SELECT DISTINCT 'store', w.id FROM unnest($1) AS w(id) WHERE NOT EXISTS (SELECT FROM store s WHERE s.id = w.id)
        UNION ALL
        SELECT DISTINCT 'product', w.id FROM unnest($2) AS w(id) WHERE NOT EXISTS (SELECT FROM product p WHERE p.id = w.id)
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION catalog.missing_of FROM PUBLIC`.execute(db);
    await sql`GRANT USAGE ON SCHEMA catalog TO inventory`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION catalog.missing_of TO inventory, orders`.execute(db);
  },
};
