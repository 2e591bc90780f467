import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Credit notes, numbered without gaps as invoices are, in a series of their own. What a unit is worth depends on what was credited before it, so the amounts are kept;
 * the buyer is the invoice's, and forgotten with it. One of a return, and one where an invoiced order is cancelled. Returns from before this release have none.
 */
export const creditNotes: Migration = {
  async up(db) {
    await sql`CREATE TABLE orders.credit_note_counter (year int PRIMARY KEY, last int NOT NULL CHECK (last > 0))`.execute(db);
    await sql`
      CREATE TABLE orders.credit_note (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders.invoice (order_id),
        return_id uuid UNIQUE REFERENCES orders.return,
        number text COLLATE "C" NOT NULL UNIQUE,
        issued_at timestamptz NOT NULL,
        shipping_net_minor int8 NOT NULL CHECK (shipping_net_minor >= 0),
        shipping_tax_minor int8 NOT NULL CHECK (shipping_tax_minor >= 0),
        net_minor int8 NOT NULL CHECK (net_minor >= 0),
        tax_minor int8 NOT NULL CHECK (tax_minor >= 0),
        total_minor int8 NOT NULL CHECK (total_minor = net_minor + tax_minor)
      )`.execute(db);
    await sql`CREATE INDEX credit_note_order ON orders.credit_note (order_id)`.execute(db);
    await sql`CREATE UNIQUE INDEX credit_note_cancellation ON orders.credit_note (order_id) WHERE return_id IS NULL`.execute(db);
    await sql`
      CREATE TABLE orders.credit_note_line (
        credit_note_id uuid NOT NULL REFERENCES orders.credit_note,
        order_id uuid NOT NULL,
        line int NOT NULL,
        quantity int NOT NULL CHECK (quantity > 0),
        net_minor int8 NOT NULL CHECK (net_minor >= 0),
        tax_minor int8 NOT NULL CHECK (tax_minor >= 0),
        total_minor int8 NOT NULL CHECK (total_minor = net_minor + tax_minor),
        PRIMARY KEY (credit_note_id, line),
        FOREIGN KEY (order_id, line) REFERENCES orders.order_line
      )`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE ON orders.credit_note_counter TO orders`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.credit_note, orders.credit_note_line TO orders`.execute(db);

    await sql`
      CREATE OR REPLACE FUNCTION orders.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object(
          'carts', (SELECT coalesce(jsonb_agg(jsonb_build_object('createdAt', c.created_at, 'currency', c.currency, 'state', c.state, 'lines', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('productId', l.product_id, 'quantity', l.quantity) ORDER BY l.position), '[]')
              FROM orders.cart_line l WHERE l.cart_id = c.id)) ORDER BY c.created_at), '[]') FROM orders.cart c WHERE c.account_id = $1),
          'orders', (SELECT coalesce(jsonb_agg(orders.notice_of(o.id) - 'accountId' || jsonb_build_object('createdAt', o.created_at, 'shipTo', o.ship_to,
              'invoice', (SELECT jsonb_build_object('number', i.number, 'issuedAt', i.issued_at, 'buyer', i.buyer) FROM orders.invoice i WHERE i.order_id = o.id),
              'creditNotes', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', n.number, 'issuedAt', n.issued_at, 'totalMinor', n.total_minor)
                ORDER BY n.issued_at), '[]') FROM orders.credit_note n WHERE n.order_id = o.id))
              ORDER BY o.created_at), '[]') FROM orders.order o WHERE o.account_id = $1))
      $$`.execute(db);
  },
};
