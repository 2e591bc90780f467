import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The variants that were there before 0014 are found by their options from now on. */
export const optionEntries: Migration = {
  async up(db) {
    await sql`SELECT catalog.index_products(ARRAY(SELECT v.product_id FROM catalog.variant v))`.execute(db);
  },
};
