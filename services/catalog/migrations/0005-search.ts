import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { HAN } from '../search/terms.ts';

/**
 * What products are found by, made in each region of what crosses. An entry holds a product's words, and of Chinese the characters and their pairs: an index of
 * whole terms answers in a fraction of what comparing trigrams with every name takes. `search_word` knows all words there are; what is spelt wrong is looked for
 * there, by trigrams, among a few thousand words instead of in all names. Words only come: one that no product has finds nothing, and does no harm.
 */
export const search: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE catalog.search_entry (
        product_id uuid PRIMARY KEY REFERENCES catalog.product ON DELETE CASCADE,
        terms tsvector NOT NULL
      )`.execute(db);
    await sql`CREATE INDEX search_entry_terms ON catalog.search_entry USING gin (terms)`.execute(db);
    // Not UNIQUE: writers of the same new word would wait for each other, in whatever order they have them. Twice is as good as once.
    await sql`CREATE TABLE catalog.search_word (word text NOT NULL)`.execute(db);
    await sql`CREATE INDEX search_word_exact ON catalog.search_word (word COLLATE "C")`.execute(db);
    // GiST, since that finds the nearest words too, and parts of words as well as GIN does among so few.
    await sql`CREATE INDEX search_word_alike ON catalog.search_word USING gist (word gist_trgm_ops)`.execute(db);

    // Words as they are written, and their parts where something joins them: t-light is t-light, t, and light. The cheap question comes first: most names hold
    // no Chinese, and a product costs its writer no more than the trigrams of its name did.
    await sql`
      CREATE FUNCTION catalog.words_of(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        plain text := lower(name);
      BEGIN
        IF plain ~ ${sql.lit(`[${HAN}]`)} THEN
          plain := regexp_replace(plain, ${sql.lit(`[${HAN}]+`)}, ' ', 'g');
        END IF;
        RETURN array_remove(string_to_array(plain, ' ') || regexp_split_to_array(plain, '[^[:alnum:]]+'), '');
      END $$`.execute(db);
    await sql`
      CREATE FUNCTION catalog.han_of(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF name !~ ${sql.lit(`[${HAN}]`)} THEN
          RETURN '{}';
        END IF;
        RETURN ARRAY(
          SELECT DISTINCT substr(run[1], place, size) FROM regexp_matches(name, ${sql.lit(`[${HAN}]+`)}, 'g') AS run,
            generate_series(1, 2) AS size, generate_series(1, char_length(run[1]) - size + 1) AS place);
      END $$`.execute(db);
    await sql`
      CREATE FUNCTION catalog.index_products(ids uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        -- By a statement of its own: whoever waited here reads below what the one before has written.
        PERFORM FROM catalog.search_entry e WHERE e.product_id = ANY (ids) ORDER BY e.product_id FOR UPDATE;
        WITH named AS (
          SELECT p.id, concat_ws(' ', p.sku, p.name, (SELECT string_agg(x.name, ' ') FROM catalog.translation x WHERE x.product_id = p.id)) AS names
          FROM catalog.product p WHERE p.id = ANY (ids)
        ), spelt AS MATERIALIZED (
          SELECT id, catalog.words_of(names) AS words, catalog.han_of(names) AS han FROM named
        ), entered AS (
          INSERT INTO catalog.search_entry AS e (product_id, terms)
          SELECT id, array_to_tsvector(words || han) FROM spelt ORDER BY id
          ON CONFLICT (product_id) DO UPDATE SET terms = excluded.terms WHERE e.terms <> excluded.terms
        )
        INSERT INTO catalog.search_word (word)
        SELECT DISTINCT w FROM spelt, unnest(spelt.words) AS w
        WHERE NOT EXISTS (SELECT FROM catalog.search_word k WHERE k.word COLLATE "C" = w);
      END $$`.execute(db);
    await sql`
      CREATE FUNCTION catalog.index_new_products() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        PERFORM catalog.index_products(ARRAY(SELECT n.id FROM new_rows n));
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE FUNCTION catalog.index_product() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
      BEGIN
        PERFORM catalog.index_products(ARRAY[(changed ->> TG_ARGV[0])::uuid]);
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER index_new AFTER INSERT ON catalog.product REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION catalog.index_new_products()`.execute(db);
    // A row's own condition: a new price looks no further than this.
    await sql`
      CREATE TRIGGER index_renamed AFTER UPDATE ON catalog.product FOR EACH ROW WHEN (OLD.name <> NEW.name OR OLD.sku <> NEW.sku)
      EXECUTE FUNCTION catalog.index_product('id')`.execute(db);
    await sql`
      CREATE TRIGGER index_translated AFTER INSERT OR UPDATE OR DELETE ON catalog.translation FOR EACH ROW
      EXECUTE FUNCTION catalog.index_product('product_id')`.execute(db);
    await sql`
      REVOKE EXECUTE ON FUNCTION catalog.index_products, catalog.index_new_products, catalog.index_product FROM PUBLIC`.execute(db);
    await sql`SELECT catalog.index_products(ARRAY(SELECT id FROM catalog.product))`.execute(db);
    await sql`DROP INDEX catalog.product_search`.execute(db);
    await sql`GRANT SELECT ON catalog.search_entry, catalog.search_word TO catalog`.execute(db);
  },
};
