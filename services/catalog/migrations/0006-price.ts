import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/** Prices of a region and a currency for a time, and what of all prices counts: the one of now, of these the one that began last, else the list price. */
export const price: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE catalog.price (
        id uuid PRIMARY KEY,
        product_id uuid NOT NULL REFERENCES catalog.product ON DELETE RESTRICT,
        region text COLLATE "C" NOT NULL CHECK (region ~ '^[a-z]+$'),
        currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
        valid_from timestamptz NOT NULL,
        valid_to timestamptz CHECK (valid_to > valid_from)
      )`.execute(db);
    await sql`CREATE INDEX price_product ON catalog.price (product_id, region, currency, valid_from)`.execute(db);
    await sql`
      CREATE TRIGGER natural_key BEFORE UPDATE OF product_id, region, currency, valid_from ON catalog.price FOR EACH ROW
      WHEN ((OLD.product_id, OLD.region, OLD.currency, OLD.valid_from) IS DISTINCT FROM (NEW.product_id, NEW.region, NEW.currency, NEW.valid_from))
      EXECUTE FUNCTION catalog.refuse_new_natural_key()`.execute(db);
    // No constraint: what comes from the other region has happened there, and a period may come before the end of the one that it follows.
    await sql`
      CREATE FUNCTION catalog.refuse_overlap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        -- Of two writers the second sees what the first has written.
        PERFORM pg_advisory_xact_lock(hashtextextended('catalog.price ' || NEW.product_id, 0));
        IF EXISTS (SELECT FROM catalog.price p
          WHERE p.product_id = NEW.product_id AND p.region = NEW.region AND p.currency = NEW.currency AND p.id <> NEW.id
            AND tstzrange(p.valid_from, p.valid_to) && tstzrange(NEW.valid_from, NEW.valid_to)) THEN
          RAISE EXCEPTION 'there is another price for a part of that time' USING ERRCODE = 'exclusion_violation';
        END IF;
        RETURN NEW;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER no_overlap BEFORE INSERT OR UPDATE OF valid_from, valid_to ON catalog.price FOR EACH ROW
      WHEN (NOT sync.is_applying()) EXECUTE FUNCTION catalog.refuse_overlap()`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION catalog.refuse_overlap FROM PUBLIC`.execute(db);
    await makeSynced(db, policyAsOf('catalog.price', ['product_id', 'region', 'currency', 'amount_minor', 'valid_from', 'valid_to']));

    await sql`CREATE FUNCTION catalog.region() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN split_part(sync.origin(), '#', 1)`.execute(
      db,
    );
    // For a few products at a time: lists have it written out (products.repository.ts).
    await sql`
      CREATE FUNCTION catalog.price_at(product uuid, list_minor int8, list_currency text, wanted text, at timestamptz) RETURNS int8
      LANGUAGE sql STABLE PARALLEL SAFE
      RETURN coalesce(
        (SELECT r.amount_minor FROM catalog.price r
         WHERE r.product_id = product AND r.region = catalog.region() AND r.currency = wanted AND r.valid_from <= at AND (r.valid_to IS NULL OR r.valid_to > at)
         ORDER BY r.valid_from DESC LIMIT 1),
        CASE WHEN list_currency = wanted THEN list_minor END)`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION catalog.quote(products uuid[], currency text, at timestamptz)
      RETURNS TABLE (product_id uuid, sku text, name text, unit_minor bigint, currency text)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT q.* FROM (
          SELECT p.id, p.sku, p.name, catalog.price_at(p.id, p.price_minor, p.currency, $2, $3) AS unit_minor, $2
          FROM catalog.product p WHERE p.id = ANY ($1) AND p.state = 'published'
        ) q WHERE q.unit_minor IS NOT NULL
      $$`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.price TO catalog`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION catalog.price_at FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION catalog.price_at TO catalog`.execute(db);
  },
};
