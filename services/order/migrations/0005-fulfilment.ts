import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Shipments, each of some units of some lines, and returns of what has come back. */
export const fulfilment: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE orders.shipment (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders.order,
        carrier text,
        tracking_code text,
        shipped_at timestamptz NOT NULL DEFAULT now(),
        delivered_at timestamptz
      )`.execute(db);
    await sql`CREATE INDEX shipment_order ON orders.shipment (order_id)`.execute(db);
    await sql`
      CREATE TABLE orders.shipment_line (
        shipment_id uuid NOT NULL REFERENCES orders.shipment,
        order_id uuid NOT NULL,
        line int NOT NULL,
        quantity int NOT NULL CHECK (quantity > 0),
        PRIMARY KEY (shipment_id, line),
        FOREIGN KEY (order_id, line) REFERENCES orders.order_line
      )`.execute(db);
    await sql`
      CREATE TABLE orders.return (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders.order,
        refund_id uuid REFERENCES orders.refund,
        store_id uuid,
        amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
        created_at timestamptz NOT NULL DEFAULT now()
      )`.execute(db);
    await sql`CREATE INDEX return_order ON orders.return (order_id)`.execute(db);
    await sql`
      CREATE TABLE orders.return_line (
        return_id uuid NOT NULL REFERENCES orders.return,
        order_id uuid NOT NULL,
        line int NOT NULL,
        quantity int NOT NULL CHECK (quantity > 0),
        resellable boolean NOT NULL,
        amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
        PRIMARY KEY (return_id, line),
        FOREIGN KEY (order_id, line) REFERENCES orders.order_line
      )`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.shipment_line, orders.return, orders.return_line TO orders`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE ON orders.shipment TO orders`.execute(db);
  },
};
