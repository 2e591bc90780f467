import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { HAN } from '../search/terms.ts';

/** PostgreSQL takes no longer word into a tsvector. Names are shorter, but one sign may stand for several. */
const MOST_WORD_BYTES = 2_046;

/**
 * Products are found by what their names say, in whatever width it is written: Chinese input methods write letters and digits as wide as characters, and one letter may be
 * spelt as two signs. Both sides are normalized by NFKC (Unicode Standard Annex 15), as a search is in search.repository.ts. Otherwise as 0005 has them. What is entered
 * already is for 0017, which reads when nobody writes by the words as they were. Most names are normalized, which costs less to see than to do.
 */
export const foldedWidths: Migration = {
  async up(db) {
    await sql`
      CREATE OR REPLACE FUNCTION catalog.words_of(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        plain text := lower(CASE WHEN name IS NFKC NORMALIZED THEN name ELSE normalize(name, NFKC) END);
        words text[];
      BEGIN
        IF plain ~ ${sql.lit(`[${HAN}]`)} THEN
          plain := regexp_replace(plain, ${sql.lit(`[${HAN}]+`)}, ' ', 'g');
        END IF;
        words := array_remove(string_to_array(plain, ' ') || regexp_split_to_array(plain, '[^[:alnum:]]+'), '');
        IF octet_length(plain) > ${sql.lit(MOST_WORD_BYTES)} THEN
          words := ARRAY(SELECT w FROM unnest(words) AS w WHERE octet_length(w) <= ${sql.lit(MOST_WORD_BYTES)});
        END IF;
        RETURN words;
      END $$`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION catalog.han_of(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        plain text := CASE WHEN name IS NFKC NORMALIZED THEN name ELSE normalize(name, NFKC) END;
      BEGIN
        IF plain !~ ${sql.lit(`[${HAN}]`)} THEN
          RETURN '{}';
        END IF;
        RETURN ARRAY(
          SELECT DISTINCT substr(run[1], place, size) FROM regexp_matches(plain, ${sql.lit(`[${HAN}]+`)}, 'g') AS run,
            generate_series(1, 2) AS size, generate_series(1, char_length(run[1]) - size + 1) AS place);
      END $$`.execute(db);
  },
};
