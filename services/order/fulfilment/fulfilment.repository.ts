import { sql } from 'kysely';

import type { Shipment } from '#contracts/order.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { OrderDb, Trx } from '../deps.ts';

/** Units of a line of an order. */
export interface LineUnits {
  readonly line: number;
  readonly quantity: number;
}

/** The clock is read under the order's lock: events of an order and its shipments are in one sequence. */
export async function insertShipment(
  trx: Trx,
  shipment: { readonly id: string; readonly orderId: string; readonly carrier: string | null; readonly trackingCode: string | null },
  lines: readonly LineUnits[],
): Promise<void> {
  await sql`
    INSERT INTO orders.shipment (id, order_id, carrier, tracking_code, shipped_at)
    VALUES (${shipment.id}, ${shipment.orderId}, ${shipment.carrier}, ${shipment.trackingCode}, clock_timestamp())`.execute(trx);
  await sql`
    INSERT INTO orders.shipment_line (shipment_id, order_id, line, quantity)
    SELECT ${shipment.id}, ${shipment.orderId}, l.line, l.quantity
    FROM unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ quantity }) => quantity)}::int[]) AS l(line, quantity)`.execute(
    trx,
  );
}

/** Counts units as shipped. */
export async function addShipped(trx: Trx, orderId: string, lines: readonly LineUnits[]): Promise<void> {
  await sql`
    UPDATE orders.order_line o SET shipped = o.shipped + l.quantity
    FROM unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ quantity }) => quantity)}::int[]) AS l(line, quantity)
    WHERE o.order_id = ${orderId} AND o.line = l.line`.execute(trx);
}

/** The shipments of an order, the first one first. */
export async function selectShipments(db: OrderDb, orderId: string): Promise<Shipment[]> {
  const { rows } = await sql<Shipment>`
    SELECT s.id, s.carrier, s.tracking_code AS "trackingCode", ${instantText(sql`s.shipped_at`)} AS "shippedAt",
      ${instantText(sql`s.delivered_at`)} AS "deliveredAt",
      (SELECT jsonb_agg(jsonb_build_object('productId', o.product_id, 'quantity', l.quantity) ORDER BY l.line)
       FROM orders.shipment_line l JOIN orders.order_line o ON o.order_id = l.order_id AND o.line = l.line WHERE l.shipment_id = s.id) AS lines
    FROM orders.shipment s WHERE s.order_id = ${orderId} ORDER BY s.shipped_at, s.id`.execute(db);
  return rows;
}

/** Whether it was this call that made the shipment a delivered one. */
export async function markDelivered(trx: Trx, shipmentId: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE orders.shipment SET delivered_at = now() WHERE id = ${shipmentId} AND delivered_at IS NULL`.execute(trx);
  return numAffectedRows === 1n;
}
