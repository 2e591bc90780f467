import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Entries are made anew of those names alone whose words 0013 has changed. */
export const foldedEntries: Migration = {
  async up(db) {
    await sql`
      SELECT catalog.index_products(ARRAY(
        SELECT p.id FROM catalog.product p
        WHERE p.name IS NOT NFKC NORMALIZED
          OR EXISTS (SELECT FROM catalog.translation x WHERE x.product_id = p.id AND x.name IS NOT NFKC NORMALIZED)))`.execute(db);
  },
};
