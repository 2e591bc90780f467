import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/** A product's name and description in a language; what has none falls back to the product's own. */
export const translation: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE catalog.translation (
        id uuid PRIMARY KEY,
        product_id uuid NOT NULL REFERENCES catalog.product ON DELETE RESTRICT,
        language text COLLATE "C" NOT NULL CHECK (language IN ('en', 'zh')),
        name text NOT NULL,
        description text
      )`.execute(db);
    await sql`CREATE INDEX translation_product ON catalog.translation (product_id, language)`.execute(db);
    await sql`
      CREATE TRIGGER natural_key BEFORE UPDATE OF product_id, language ON catalog.translation FOR EACH ROW
      WHEN ((OLD.product_id, OLD.language) IS DISTINCT FROM (NEW.product_id, NEW.language))
      EXECUTE FUNCTION catalog.refuse_new_natural_key()`.execute(db);
    await makeSynced(db, policyAsOf('catalog.translation', ['product_id', 'language', 'name', 'description']));
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.translation TO catalog`.execute(db);
  },
};
