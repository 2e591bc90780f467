import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Addresses of two forms in one table, of which each form has its own columns; at most one of an account is the default. */
export const address: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE users.address (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES users.profile ON DELETE CASCADE,
        form text COLLATE "C" NOT NULL,
        recipient text NOT NULL,
        phone text COLLATE "C" NOT NULL,
        country text COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
        lines text[],
        province text,
        city text NOT NULL,
        district text,
        street text,
        detail text,
        region text,
        postcode text COLLATE "C",
        is_default boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        version int NOT NULL DEFAULT 1,
        CONSTRAINT columns_of_its_form CHECK (CASE form
          WHEN 'western' THEN cardinality(lines) BETWEEN 1 AND 3 AND num_nonnulls(province, district, street, detail) = 0
          WHEN 'chinese' THEN country = 'CN' AND postcode ~ '^[0-9]{6}$' AND num_nulls(province, district, detail) = 0 AND num_nonnulls(lines, region) = 0
          ELSE false END)
      )`.execute(db);
    await sql`CREATE INDEX address_account ON users.address (account_id, id)`.execute(db);
    await sql`CREATE UNIQUE INDEX address_default ON users.address (account_id) WHERE is_default`.execute(db);
    await sql`
      CREATE FUNCTION users.postal_address(held users.address) RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
        SELECT jsonb_build_object('form', held.form, 'recipient', held.recipient, 'phone', held.phone, 'country', held.country, 'city', held.city,
          'postcode', held.postcode) || CASE held.form
          WHEN 'western' THEN jsonb_build_object('lines', held.lines, 'region', held.region)
          ELSE jsonb_build_object('province', held.province, 'district', held.district, 'street', held.street, 'detail', held.detail) END
      $$`.execute(db);
    await sql`
      CREATE FUNCTION users.address_of(account_id uuid, address_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT users.postal_address(a) FROM users.address a WHERE a.id = address_of.address_id AND a.account_id = address_of.account_id
      $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION users.postal_address, users.address_of FROM PUBLIC`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON users.address TO users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.postal_address TO users`.execute(db);
    await sql`GRANT USAGE ON SCHEMA users TO orders`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION users.address_of TO orders`.execute(db);
  },
};
