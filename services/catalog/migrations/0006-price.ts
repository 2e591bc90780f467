import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/** Prices of a region and a currency for a time. */
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
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.price TO catalog`.execute(db);
  },
};
