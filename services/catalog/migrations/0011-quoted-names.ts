import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What is quoted is named in the language of the region, where there is a name in it: so are carts, orders, invoices and mails, which are one shop's. The words of
 * `languageOfRegion` (contracts/user.ts). Otherwise as before.
 */
export const quotedNames: Migration = {
  async up(db) {
    await sql`
      CREATE OR REPLACE FUNCTION catalog.quote(products uuid[], currency text, at timestamptz)
      RETURNS TABLE (product_id uuid, sku text, name text, unit_minor bigint, currency text)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT q.* FROM (
          SELECT p.id, p.sku, coalesce(
              (SELECT x.name FROM catalog.translation x WHERE x.product_id = p.id AND x.language = CASE catalog.region() WHEN 'china' THEN 'zh' ELSE 'en' END), p.name),
            coalesce(
              (SELECT r.amount_minor FROM catalog.price r
               WHERE r.product_id = p.id AND r.region = (SELECT catalog.region()) AND r.currency = $2
                 AND r.valid_from <= $3 AND (r.valid_to IS NULL OR r.valid_to > $3)
               ORDER BY r.valid_from DESC LIMIT 1),
              CASE WHEN p.currency = $2 THEN p.price_minor END) AS unit_minor, $2
          FROM catalog.product p
          WHERE p.id = ANY ($1) AND p.state = 'published'
            AND NOT EXISTS (SELECT FROM catalog.variant v WHERE v.parent_id = p.id)
            AND NOT EXISTS (SELECT FROM catalog.variant v JOIN catalog.product o ON o.id = v.parent_id WHERE v.product_id = p.id AND o.state <> 'published')
        ) q WHERE q.unit_minor IS NOT NULL
      $$`.execute(db);
  },
};
