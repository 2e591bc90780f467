import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Carts hold products and quantities, and no price: what a product costs is asked when somebody looks. A cart is an account's, or belongs to whoever has its token,
 * of which the hash alone is kept.
 */
export const carts: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE orders.cart (
        id uuid PRIMARY KEY,
        account_id uuid,
        token_hash bytea,
        currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        state text COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'checked_out')),
        order_id uuid CHECK ((state = 'checked_out') = (order_id IS NOT NULL)),
        version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        CHECK ((account_id IS NULL) <> (token_hash IS NULL))
      )`.execute(db);
    await sql`CREATE UNIQUE INDEX cart_open ON orders.cart (account_id, currency) WHERE state = 'open' AND account_id IS NOT NULL`.execute(
      db,
    );
    await sql`CREATE INDEX cart_expires_at ON orders.cart (expires_at)`.execute(db);
    await sql`
      CREATE TABLE orders.cart_line (
        cart_id uuid NOT NULL REFERENCES orders.cart ON DELETE CASCADE,
        product_id uuid NOT NULL,
        quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 999),
        position int NOT NULL,
        PRIMARY KEY (cart_id, product_id)
      )`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON orders.cart, orders.cart_line TO orders`.execute(db);
  },
};
