import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Orders with copies of what was agreed: names, prices and taxes stay as they were. `order` is a reserved word of SQL, but not behind a schema's name, and tables
 * are never named without it here. An order has three states, one of each machine; `order_event` has every change of them, and nothing of a person.
 */
export const orders: Migration = {
  async up(db) {
    await sql`CREATE SEQUENCE orders.order_number START 100001`.execute(db);
    await sql`
      CREATE TABLE orders.order (
        id uuid PRIMARY KEY,
        number text COLLATE "C" NOT NULL UNIQUE,
        account_id uuid,
        token_hash bytea,
        cart_id uuid NOT NULL UNIQUE,
        store_id uuid,
        state text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'confirmed', 'completed', 'expired', 'cancelled')),
        payment_state text COLLATE "C" NOT NULL
          CHECK (payment_state IN ('none', 'started', 'unknown', 'captured', 'partly_refunded', 'refunded', 'failed')),
        fulfilment_state text COLLATE "C" NOT NULL CHECK (fulfilment_state IN
          ('none', 'allocated', 'partly_shipped', 'shipped', 'delivered', 'partly_returned', 'returned', 'cancelled')),
        version int NOT NULL DEFAULT 1,
        currency text COLLATE "C" NOT NULL,
        country text COLLATE "C" NOT NULL,
        tax_basis_points int NOT NULL,
        shipping_net_minor int8 NOT NULL CHECK (shipping_net_minor >= 0),
        shipping_tax_minor int8 NOT NULL CHECK (shipping_tax_minor >= 0),
        net_minor int8 NOT NULL CHECK (net_minor >= 0),
        tax_minor int8 NOT NULL CHECK (tax_minor >= 0),
        total_minor int8 NOT NULL CHECK (total_minor = net_minor + tax_minor),
        ship_to jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        CHECK (account_id IS NULL OR token_hash IS NULL)
      )`.execute(db);
    await sql`CREATE INDEX order_account ON orders.order (account_id, created_at, id)`.execute(db);
    await sql`CREATE INDEX order_created_at ON orders.order (created_at, id)`.execute(db);
    await sql`CREATE INDEX order_pending ON orders.order (expires_at) WHERE state = 'pending'`.execute(db);
    await sql`
      CREATE TABLE orders.order_line (
        order_id uuid NOT NULL REFERENCES orders.order,
        line int NOT NULL,
        product_id uuid NOT NULL,
        sku text COLLATE "C" NOT NULL,
        name text NOT NULL,
        unit_minor int8 NOT NULL CHECK (unit_minor >= 0),
        quantity int NOT NULL CHECK (quantity > 0),
        net_minor int8 NOT NULL CHECK (net_minor >= 0),
        tax_minor int8 NOT NULL CHECK (tax_minor >= 0),
        total_minor int8 NOT NULL CHECK (total_minor = net_minor + tax_minor),
        shipped int NOT NULL DEFAULT 0 CHECK (shipped <= quantity),
        returned int NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND shipped),
        PRIMARY KEY (order_id, line),
        UNIQUE (order_id, product_id)
      )`.execute(db);
    await sql`
      CREATE TABLE orders.order_event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders.order,
        machine text COLLATE "C" NOT NULL CHECK (machine IN ('order', 'payment', 'fulfilment')),
        event text COLLATE "C" NOT NULL,
        from_state text COLLATE "C",
        to_state text COLLATE "C" NOT NULL,
        actor text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`.execute(db);
    await sql`CREATE INDEX order_event_order ON orders.order_event (order_id, id)`.execute(db);
    await sql`GRANT USAGE ON SEQUENCE orders.order_number TO orders`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE ON orders.order, orders.order_line TO orders`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.order_event TO orders`.execute(db);
  },
};
