import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What orders offers the region's other services: docs/domain.md. */
export const offered: Migration = {
  async up(db) {
    // An order that somebody wants forgotten while it is on its way keeps its address until it has arrived or ended; then it goes by itself.
    await sql`ALTER TABLE orders.order ADD COLUMN forgotten_at timestamptz`.execute(db);
    await sql`
      CREATE FUNCTION orders.forget_ended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        NEW.ship_to := NULL;
        UPDATE orders.invoice SET buyer = NULL WHERE order_id = NEW.id;
        RETURN NEW;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER forget_ended BEFORE UPDATE ON orders.order FOR EACH ROW
      WHEN (NEW.forgotten_at IS NOT NULL AND NEW.state IN ('completed', 'expired', 'cancelled') AND NEW.ship_to IS NOT NULL)
      EXECUTE FUNCTION orders.forget_ended()`.execute(db);

    await sql`
      CREATE FUNCTION orders.lines_of(wanted uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'quantity', l.quantity, 'unitMinor', l.unit_minor, 'totalMinor', l.total_minor,
          'shipped', l.shipped, 'returned', l.returned) ORDER BY l.line)
        FROM orders.order_line l WHERE l.order_id = wanted
      $$`.execute(db);
    await sql`
      CREATE FUNCTION orders.notice_of(order_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        SELECT jsonb_build_object('accountId', o.account_id, 'number', o.number, 'state', o.state, 'paymentState', o.payment_state,
          'fulfilmentState', o.fulfilment_state, 'currency', o.currency, 'taxMinor', o.tax_minor,
          'shippingMinor', o.shipping_net_minor + o.shipping_tax_minor, 'totalMinor', o.total_minor, 'lines', orders.lines_of(o.id),
          'refundedMinor', (SELECT coalesce(sum(p.refunded_minor), 0) FROM orders.payment p WHERE p.order_id = o.id),
          'shipments', (SELECT coalesce(jsonb_agg(jsonb_build_object('carrier', s.carrier, 'trackingCode', s.tracking_code) ORDER BY s.shipped_at, s.id), '[]')
            FROM orders.shipment s WHERE s.order_id = o.id))
        FROM orders.order o WHERE o.id = $1
      $$`.execute(db);
    await sql`
      CREATE FUNCTION orders.export_of(account_id uuid) RETURNS jsonb
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
        SELECT jsonb_build_object(
          'carts', (SELECT coalesce(jsonb_agg(jsonb_build_object('createdAt', c.created_at, 'currency', c.currency, 'state', c.state, 'lines', (
              SELECT coalesce(jsonb_agg(jsonb_build_object('productId', l.product_id, 'quantity', l.quantity) ORDER BY l.position), '[]')
              FROM orders.cart_line l WHERE l.cart_id = c.id)) ORDER BY c.created_at), '[]') FROM orders.cart c WHERE c.account_id = $1),
          'orders', (SELECT coalesce(jsonb_agg(orders.notice_of(o.id) - 'accountId' || jsonb_build_object('createdAt', o.created_at, 'shipTo', o.ship_to,
              'invoice', (SELECT jsonb_build_object('number', i.number, 'issuedAt', i.issued_at, 'buyer', i.buyer) FROM orders.invoice i WHERE i.order_id = o.id))
              ORDER BY o.created_at), '[]') FROM orders.order o WHERE o.account_id = $1))
      $$`.execute(db);
    await sql`
      CREATE FUNCTION orders.erase(account_id uuid) RETURNS int
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        carts int;
        ordered int;
      BEGIN
        DELETE FROM orders.cart c WHERE c.account_id = $1;
        GET DIAGNOSTICS carts = ROW_COUNT;
        DELETE FROM orders.idempotency_key k WHERE k.scope = $1::text;
        UPDATE orders.order o SET account_id = NULL, forgotten_at = now(), version = o.version + 1, updated_at = now() WHERE o.account_id = $1;
        GET DIAGNOSTICS ordered = ROW_COUNT;
        RETURN carts + ordered;
      END $$`.execute(db);
    await sql`
      REVOKE EXECUTE ON FUNCTION orders.forget_ended, orders.lines_of, orders.notice_of, orders.export_of, orders.erase FROM PUBLIC`.execute(
      db,
    );
    await sql`GRANT USAGE ON SCHEMA orders TO notification, users`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION orders.notice_of TO notification`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION orders.export_of, orders.erase TO users`.execute(db);
  },
};
