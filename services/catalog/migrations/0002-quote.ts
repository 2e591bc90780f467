import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What the catalogue offers orders: the price that counts. So far a product has one, in a currency of its own; it is no price in another. `at` is part of the
 * interface for the prices that will have a time, and counts for nothing yet.
 */
export const quote: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION catalog.quote(products uuid[], currency text, at timestamptz)
      RETURNS TABLE (product_id uuid, sku text, name text, unit_minor bigint, currency text)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT p.id, p.sku, p.name, p.price_minor, p.currency
        FROM catalog.product p WHERE p.id = ANY ($1) AND p.currency = $2
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION catalog.quote FROM PUBLIC`.execute(db);
    await sql`GRANT USAGE ON SCHEMA catalog TO orders`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION catalog.quote TO orders`.execute(db);
  },
};
