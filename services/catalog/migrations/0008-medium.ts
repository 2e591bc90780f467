import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/** Links to pictures and films. What they show lies elsewhere, and crosses no border with them. */
export const medium: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE catalog.medium (
        id uuid PRIMARY KEY,
        product_id uuid NOT NULL REFERENCES catalog.product ON DELETE RESTRICT,
        url text COLLATE "C" NOT NULL CHECK (url ~ '^https://' AND char_length(url) <= 2000),
        kind text COLLATE "C" NOT NULL CHECK (kind IN ('image', 'video')),
        alt_en text,
        alt_zh text,
        position int NOT NULL CHECK (position BETWEEN 0 AND 999)
      )`.execute(db);
    await sql`CREATE INDEX medium_product ON catalog.medium (product_id, position)`.execute(db);
    await sql`
      CREATE TRIGGER natural_key BEFORE UPDATE OF product_id, url ON catalog.medium FOR EACH ROW
      WHEN ((OLD.product_id, OLD.url) IS DISTINCT FROM (NEW.product_id, NEW.url))
      EXECUTE FUNCTION catalog.refuse_new_natural_key()`.execute(db);
    await makeSynced(db, policyAsOf('catalog.medium', ['product_id', 'url', 'kind', 'alt_en', 'alt_zh', 'position']));
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.medium TO catalog`.execute(db);
  },
};
