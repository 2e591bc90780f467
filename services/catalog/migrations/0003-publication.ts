import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/**
 * Who may see a product. It is born in a state, which comes over the border with the product itself, so that a draft is never seen on its way; what became of
 * it since is a row of its own, so that archiving here and pricing there are no conflict. `state` is what counts: made of both, in each region by itself.
 */
export const publication: Migration = {
  async up(db) {
    await sql`
      ALTER TABLE catalog.product
        ADD COLUMN initial_state text COLLATE "C" NOT NULL DEFAULT 'published' CHECK (initial_state IN ('draft', 'published')),
        ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'published', 'archived'))`.execute(db);
    await sql`
      CREATE TABLE catalog.publication (
        id uuid PRIMARY KEY,
        product_id uuid NOT NULL REFERENCES catalog.product ON DELETE RESTRICT,
        state text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'published', 'archived'))
      )`.execute(db);
    await sql`CREATE INDEX publication_product ON catalog.publication (product_id)`.execute(db);
    // Whatever a writer sets: nobody makes a state up. A product that is inserted has no publication yet, which refers to it. What was archived stays so when its
    // publication goes: a deletion takes that away first, may come over the border alone, and may lose against an edit of the product, which is then back here too.
    await sql`
      CREATE FUNCTION catalog.derive_state() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF NEW.state = 'archived' AND (pg_trigger_depth() > 1 OR sync.is_applying()) THEN RETURN NEW; END IF;
        NEW.state := coalesce((SELECT p.state FROM catalog.publication p WHERE p.product_id = NEW.id), NEW.initial_state);
        RETURN NEW;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER derive_state_new BEFORE INSERT ON catalog.product FOR EACH ROW WHEN (NEW.state <> NEW.initial_state)
      EXECUTE FUNCTION catalog.derive_state()`.execute(db);
    await sql`
      CREATE TRIGGER derive_state BEFORE UPDATE ON catalog.product FOR EACH ROW
      WHEN (NEW.state IS DISTINCT FROM OLD.state OR NEW.initial_state <> OLD.initial_state) EXECUTE FUNCTION catalog.derive_state()`.execute(
      db,
    );
    // Whoever writes it, sync too.
    await sql`
      CREATE FUNCTION catalog.pass_state_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          UPDATE catalog.product p SET state = p.initial_state
          WHERE p.id = OLD.product_id AND p.state <> p.initial_state AND OLD.state <> 'archived';
        ELSE
          UPDATE catalog.product p SET state = NEW.state WHERE p.id = NEW.product_id AND p.state <> NEW.state;
        END IF;
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER pass_state_on AFTER INSERT OR UPDATE OR DELETE ON catalog.publication FOR EACH ROW
      EXECUTE FUNCTION catalog.pass_state_on()`.execute(db);
    await sql`
      CREATE TRIGGER natural_key BEFORE UPDATE OF product_id ON catalog.publication FOR EACH ROW
      WHEN (OLD.product_id IS DISTINCT FROM NEW.product_id) EXECUTE FUNCTION catalog.refuse_new_natural_key()`.execute(db);
    await makeSynced(
      db,
      policyAsOf('catalog.product', [
        'sku',
        'name',
        'description',
        'category_id',
        'price_minor',
        'currency',
        'priced_at',
        'cost_minor',
        'initial_state',
        'state',
      ]),
    );
    await makeSynced(db, policyAsOf('catalog.publication', ['product_id', 'state']));
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.publication TO catalog`.execute(db);
  },
};
