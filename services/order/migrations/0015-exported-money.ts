import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is held of a person includes what they paid, what they were given back, and what was credited line by line. Who of the staff asked for a refund is not theirs. */
export const exportedMoney: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION orders.money_of(wanted uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object(
          'payments', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'state', p.state, 'amountMinor', p.amount_minor, 'currency', p.currency,
              'takenBy', p.taken_by, 'createdAt', p.created_at, 'settledAt', p.settled_at) ORDER BY p.created_at, p.id), '[]')
            FROM orders.payment p WHERE p.order_id = wanted),
          'refunds', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'paymentId', r.payment_id, 'cause', r.cause, 'state', r.state,
              'amountMinor', r.amount_minor, 'currency', p.currency, 'givenBy', coalesce(r.given_by, p.taken_by), 'reference', r.reference,
              'createdAt', r.created_at, 'settledAt', r.settled_at) ORDER BY r.created_at, r.id), '[]')
            FROM orders.refund r JOIN orders.payment p ON p.id = r.payment_id WHERE p.order_id = wanted),
          'creditNotes', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', n.number, 'issuedAt', n.issued_at,
              'shippingMinor', n.shipping_net_minor + n.shipping_tax_minor, 'netMinor', n.net_minor, 'taxMinor', n.tax_minor, 'totalMinor', n.total_minor,
              'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'quantity', c.quantity, 'totalMinor', c.total_minor)
                  ORDER BY c.line), '[]')
                FROM orders.credit_note_line c JOIN orders.order_line l ON l.order_id = c.order_id AND l.line = c.line WHERE c.credit_note_id = n.id))
              ORDER BY n.issued_at, n.number), '[]')
            FROM orders.credit_note n WHERE n.order_id = wanted))
      $$`.execute(db);
    await sql`REVOKE EXECUTE ON FUNCTION orders.money_of FROM PUBLIC`.execute(db);
    await sql`
      CREATE OR REPLACE FUNCTION orders.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object(
          'carts', (SELECT coalesce(jsonb_agg(jsonb_build_object('createdAt', c.created_at, 'currency', c.currency, 'state', c.state, 'lines', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('productId', l.product_id, 'quantity', l.quantity) ORDER BY l.position), '[]')
              FROM orders.cart_line l WHERE l.cart_id = c.id)) ORDER BY c.created_at), '[]') FROM orders.cart c WHERE c.account_id = $1),
          'orders', (SELECT coalesce(jsonb_agg(orders.notice_of(o.id) - 'accountId' || orders.money_of(o.id)
              || jsonb_build_object('createdAt', o.created_at, 'shipTo', o.ship_to,
              'invoice', (SELECT jsonb_build_object('number', i.number, 'issuedAt', i.issued_at, 'buyer', i.buyer) FROM orders.invoice i WHERE i.order_id = o.id))
              ORDER BY o.created_at), '[]') FROM orders.order o WHERE o.account_id = $1))
      $$`.execute(db);
  },
};
