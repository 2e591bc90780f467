import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What is allocated and is not there any more (lost, damaged, miscounted) leaves stock. It is released and counted down at once: between the two nobody can buy it, and what can be bought stays as it
 * is. A count of the warehouse cannot say it, since it goes no lower than what is reserved.
 */
export const writeOff: Migration = {
  async up(db) {
    await sql`
      CREATE FUNCTION inventory.write_off(order_id uuid) RETURNS text
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
      DECLARE
        now_is text;
      BEGIN
        -- First the lock, then the look at what a shipment has left.
        SELECT r.state INTO now_is FROM inventory.reservation r WHERE r.order_id = write_off.order_id FOR NO KEY UPDATE;
        IF now_is IS DISTINCT FROM 'allocated' THEN
          RETURN now_is;
        END IF;
        UPDATE inventory.reservation r SET state = CASE
          WHEN EXISTS (SELECT FROM inventory.reservation_line l WHERE l.order_id = write_off.order_id AND l.shipped > 0) THEN 'shipped' ELSE 'released' END
        WHERE r.order_id = write_off.order_id RETURNING r.state INTO now_is;

        PERFORM FROM inventory.stock s
        WHERE (s.store_id, s.product_id) IN (
          SELECT r.store_id, l.product_id FROM inventory.reservation r JOIN inventory.reservation_line l ON l.order_id = r.order_id
          WHERE r.order_id = write_off.order_id AND l.quantity > l.shipped)
        ORDER BY s.store_id, s.product_id FOR NO KEY UPDATE;
        WITH gone AS (
          SELECT r.order_id, r.store_id, l.product_id, l.quantity - l.shipped AS quantity
          FROM inventory.reservation r JOIN inventory.reservation_line l ON l.order_id = r.order_id
          WHERE r.order_id = write_off.order_id AND l.quantity > l.shipped
        ), told AS (
          INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, delta_reserved, reference, actor)
          SELECT g.store_id, g.product_id, m.kind, m.on_hand * g.quantity, m.reserved * g.quantity, g.order_id, session_user
          FROM gone g, (VALUES (1, 'released', 0, -1), (2, 'counted', -1, 0)) AS m(step, kind, on_hand, reserved) ORDER BY g.product_id, m.step
        )
        UPDATE inventory.stock s SET on_hand = s.on_hand - g.quantity, reserved = s.reserved - g.quantity
        FROM gone g WHERE s.store_id = g.store_id AND s.product_id = g.product_id;
        RETURN now_is;
      END $$`.execute(db);
    await sql`REVOKE ALL ON FUNCTION inventory.write_off FROM PUBLIC`.execute(db);
    await sql`GRANT EXECUTE ON FUNCTION inventory.write_off TO orders`.execute(db);
  },
};
