import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What is told of an order says of each shipment and each return what it is of and when it was: whoever tells of one of several finds it by its event's time. Money
 * counts as given back when it has been, and what was paid twice is not the order's.
 */
export const toldParts: Migration = {
  async up(db) {
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
            FROM orders.return r WHERE r.order_id = o.id))
        FROM orders.order o WHERE o.id = $1
      $$`.execute(db);
  },
};
