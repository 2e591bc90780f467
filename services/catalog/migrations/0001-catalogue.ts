import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { makeSynced } from '#platform/synced-table.ts';

import { policyAsOf } from './policy-as-of.ts';

/** The columns as this migration makes them; later ones add theirs. */
const tables = {
  'catalog.category': ['slug', 'name', 'parent_id'],
  'catalog.product': ['sku', 'name', 'description', 'category_id', 'price_minor', 'currency', 'priced_at', 'cost_minor'],
  'catalog.store': ['code', 'name', 'city', 'country', 'latitude', 'longitude'],
} as const;

/**
 * Categories, products and stores, all synced. Keys compare bytewise (COLLATE "C"), alike in both regions; names compare as the database does,
 * whose character type folds case beyond ASCII. Nothing
 * that changes with a price is indexed, so price changes stay heap-only updates. UNIQUE is checked after a statement, not after each row, since sync
 * may bring rows that have swapped their values.
 */
export const catalogue: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE catalog.category (
        id uuid PRIMARY KEY,
        slug text COLLATE "C" NOT NULL UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
        name text NOT NULL,
        parent_id uuid REFERENCES catalog.category ON DELETE RESTRICT CHECK (parent_id <> id)
      )`.execute(db);
    await sql`CREATE INDEX category_parent ON catalog.category (parent_id)`.execute(db);
    // RESTRICT, not SET NULL: a cascade would change rows behind the editor's back, each a write that the other region has to take.
    await sql`
      CREATE TABLE catalog.product (
        id uuid PRIMARY KEY,
        sku text COLLATE "C" NOT NULL UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
        name text NOT NULL,
        description text,
        category_id uuid REFERENCES catalog.category ON DELETE RESTRICT,
        price_minor int8 NOT NULL CHECK (price_minor >= 0),
        currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        priced_at timestamptz NOT NULL,
        cost_minor int8 CHECK (cost_minor >= 0)
      )`.execute(db);
    await sql`CREATE INDEX product_category ON catalog.product (category_id)`.execute(db);
    await sql`CREATE INDEX product_name ON catalog.product (name, id)`.execute(db);
    await sql`CREATE INDEX product_search ON catalog.product USING gin (name gin_trgm_ops, sku COLLATE "default" gin_trgm_ops)`.execute(db);
    await sql`
      CREATE TABLE catalog.store (
        id uuid PRIMARY KEY,
        code text COLLATE "C" NOT NULL UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
        name text NOT NULL,
        city text NOT NULL,
        country text COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
        latitude float8 CHECK (latitude BETWEEN -90 AND 90),
        longitude float8 CHECK (longitude BETWEEN -180 AND 180)
      )`.execute(db);
    // The id is made from the natural key: if that could change, the two would part.
    await sql`
      CREATE FUNCTION catalog.refuse_new_natural_key() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the natural key of %.% cannot change', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
      END $$`.execute(db);
    for (const [table, column] of [
      ['category', 'slug'],
      ['product', 'sku'],
      ['store', 'code'],
    ] as const) {
      await sql`
        CREATE TRIGGER natural_key BEFORE UPDATE OF ${sql.ref(column)} ON ${sql.table(`catalog.${table}`)}
        FOR EACH ROW WHEN (OLD.${sql.ref(column)} IS DISTINCT FROM NEW.${sql.ref(column)})
        EXECUTE FUNCTION catalog.refuse_new_natural_key()`.execute(db);
    }
    for (const [entity, columns] of Object.entries(tables)) await makeSynced(db, policyAsOf(entity, columns));
    await sql`GRANT USAGE ON SCHEMA catalog TO catalog`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.category, catalog.product, catalog.store TO catalog`.execute(db);
  },
};
