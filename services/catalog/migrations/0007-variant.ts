import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/**
 * Variants are products: carts, stock, prices and orders know them as such. A row here says of which product one is a variant. What has variants is not sold
 * itself; a variant is sold where its parent is published, too.
 */
export const variant: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE catalog.variant (
        id uuid PRIMARY KEY,
        product_id uuid NOT NULL REFERENCES catalog.product ON DELETE RESTRICT,
        parent_id uuid NOT NULL REFERENCES catalog.product ON DELETE RESTRICT CHECK (parent_id <> product_id),
        options jsonb NOT NULL CHECK (jsonb_typeof(options) = 'object')
      )`.execute(db);
    await sql`CREATE INDEX variant_product ON catalog.variant (product_id)`.execute(db);
    await sql`CREATE INDEX variant_parent ON catalog.variant (parent_id)`.execute(db);
    await sql`
      CREATE TRIGGER natural_key BEFORE UPDATE OF product_id ON catalog.variant FOR EACH ROW
      WHEN (OLD.product_id IS DISTINCT FROM NEW.product_id) EXECUTE FUNCTION catalog.refuse_new_natural_key()`.execute(db);
    // Of what is written here. What both regions do at once may make a variant of a variant, or two alike: they are then sold as what they are, or seen twice.
    await sql`
      CREATE FUNCTION catalog.refuse_odd_variant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        -- Variants are written seldom: one at a time, so that none is judged by what is about to change.
        PERFORM pg_advisory_xact_lock(hashtextextended('catalog.variant', 0));
        IF EXISTS (SELECT FROM catalog.variant v WHERE v.product_id = NEW.parent_id OR v.parent_id = NEW.product_id) THEN
          RAISE EXCEPTION 'a variant has no variants' USING ERRCODE = 'check_violation', CONSTRAINT = 'variant_depth';
        ELSIF EXISTS (SELECT FROM catalog.variant v WHERE v.parent_id = NEW.parent_id AND v.options = NEW.options AND v.id <> NEW.id) THEN
          RAISE EXCEPTION 'there is such a variant' USING ERRCODE = 'unique_violation';
        END IF;
        RETURN NEW;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER no_odd_variant BEFORE INSERT OR UPDATE ON catalog.variant FOR EACH ROW
      WHEN (NOT sync.is_applying()) EXECUTE FUNCTION catalog.refuse_odd_variant()`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION catalog.refuse_odd_variant FROM PUBLIC`.execute(db);
    await makeSynced(db, policyAsOf('catalog.variant', ['product_id', 'parent_id', 'options']));
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.variant TO catalog`.execute(db);
    // What counts of all prices: the one of now, of these the one that began last, else the list price. products.repository.ts says the same of lists; a function
    // for both would not become a part of their statements, since it has a query inside, and starting it would cost as much as all else.
    await sql`
      CREATE OR REPLACE FUNCTION catalog.quote(products uuid[], currency text, at timestamptz)
      RETURNS TABLE (product_id uuid, sku text, name text, unit_minor bigint, currency text)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT q.* FROM (
          SELECT p.id, p.sku, p.name, coalesce(
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
