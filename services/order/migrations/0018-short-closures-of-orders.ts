import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The rest of a partly shipped order that will not come: one closure of an order, with why and what it pays back. What is told of an order says what will not come.
 * Of what the service writes this locks orders.order alone, against writing; its refund comes with the refunds' own migration.
 */
export const shortClosuresOfOrders: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE orders.short_closure (
        order_id uuid PRIMARY KEY REFERENCES orders.order,
        reason text COLLATE "C" NOT NULL CHECK (reason IN ('lost', 'damaged', 'out_of_stock', 'withdrawn')),
        amount_minor int8 NOT NULL CHECK (amount_minor >= 0),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`.execute(db);
    await sql`GRANT SELECT, INSERT ON orders.short_closure TO orders`.execute(db);
    await sql`
      CREATE FUNCTION orders.short_closure_of(wanted uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT jsonb_build_object('reason', c.reason, 'amountMinor', c.amount_minor,
          'lines', (SELECT jsonb_agg(jsonb_build_object('name', l.name, 'quantity', l.short_closed) ORDER BY l.line)
            FROM orders.order_line l WHERE l.order_id = wanted AND l.short_closed > 0))
        FROM orders.short_closure c WHERE c.order_id = wanted
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION orders.short_closure_of FROM PUBLIC`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION orders.notice_of(order_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT jsonb_build_object('accountId', o.account_id, 'number', o.number, 'state', o.state, 'paymentState', o.payment_state,
          'fulfilmentState', o.fulfilment_state, 'currency', o.currency, 'taxMinor', o.tax_minor,
          'shippingMinor', o.shipping_net_minor + o.shipping_tax_minor, 'totalMinor', o.total_minor, 'lines', orders.lines_of(o.id),
          'refundedMinor', (SELECT coalesce(sum(r.amount_minor), 0) FROM orders.refund r JOIN orders.payment p ON p.id = r.payment_id
            WHERE p.order_id = o.id AND r.state = 'done' AND r.cause <> 'paid_twice'),
          'shipments', (SELECT coalesce(jsonb_agg(jsonb_build_object('carrier', s.carrier, 'trackingCode', s.tracking_code,
              'shippedAt', to_char(s.shipped_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
              'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', l.name, 'quantity', sl.quantity) ORDER BY sl.line), '[]')
                FROM orders.shipment_line sl JOIN orders.order_line l ON l.order_id = sl.order_id AND l.line = sl.line
                WHERE sl.shipment_id = s.id)) ORDER BY s.shipped_at, s.id), '[]')
            FROM orders.shipment s WHERE s.order_id = o.id),
          'returns', (SELECT coalesce(jsonb_agg(jsonb_build_object('amountMinor', r.amount_minor,
              'acceptedAt', to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) ORDER BY r.created_at, r.id), '[]')
            FROM orders.return r WHERE r.order_id = o.id),
          'shortClosure', orders.short_closure_of(o.id))
        FROM orders.order o WHERE o.id = $1
      $$`.execute(db);
  },
};
