import { sql } from 'kysely';

import type { Reservation } from '#contracts/inventory.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { InventoryDb } from '../deps.ts';

/** The reservation of an order with its lines, by product; undefined where there is none. */
export async function findReservation(db: InventoryDb, orderId: string): Promise<Reservation | undefined> {
  const { rows } = await sql<Reservation>`
    SELECT r.order_id AS "orderId", r.store_id AS "storeId", r.state, ${instantText(sql`r.created_at`)} AS "createdAt",
      ${instantText(sql`r.expires_at`)} AS "expiresAt",
      (SELECT json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity, 'shipped', l.shipped, 'returned', l.returned) ORDER BY l.product_id)
       FROM inventory.reservation_line l WHERE l.order_id = r.order_id) AS lines
    FROM inventory.reservation r WHERE r.order_id = ${orderId}`.execute(db);
  return rows[0];
}
