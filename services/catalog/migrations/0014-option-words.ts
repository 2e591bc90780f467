import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * A variant is found by its options as well: who calls all sizes and colours by one name has said there which is which. Otherwise index_products is as in 0005. Who was there
 * before is entered by the next migration, since this one locks the variants.
 */
export const optionWords: Migration = {
  async up(db) {
    await sql`
      CREATE OR REPLACE FUNCTION catalog.index_products(ids uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        -- By a statement of its own: whoever waited here reads below what the one before has written.
        PERFORM FROM catalog.search_entry e WHERE e.product_id = ANY (ids) ORDER BY e.product_id FOR UPDATE;
        WITH named AS (
          SELECT p.id, concat_ws(' ', p.sku, p.name, (SELECT string_agg(x.name, ' ') FROM catalog.translation x WHERE x.product_id = p.id),
            (SELECT string_agg(o.value, ' ') FROM catalog.variant v, jsonb_each_text(v.options) AS o WHERE v.product_id = p.id)) AS names
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
      CREATE TRIGGER index_options AFTER INSERT OR UPDATE OR DELETE ON catalog.variant FOR EACH ROW
      EXECUTE FUNCTION catalog.index_product('product_id')`.execute(db);
  },
};
