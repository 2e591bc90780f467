import { sql } from 'kysely';

import type { Shortage } from '#contracts/errors.ts';

import type { Trx } from './deps.ts';

/** What inventory offers orders, called in the order's own transaction: docs/domain.md says what each promises. Stock is locked last. */

export interface Units {
  readonly productId: string;
  readonly quantity: number;
}

const productsOf = (lines: readonly Units[]) => sql`${lines.map(({ productId }) => productId)}::uuid[]`;
const quantitiesOf = (lines: readonly Units[]) => sql`${lines.map(({ quantity }) => quantity)}::int[]`;

/** Answers what is short; nothing is reserved then. */
export async function reserve(
  trx: Trx,
  orderId: string,
  storeId: string | null,
  lines: readonly Units[],
  expiresAt: string,
): Promise<Shortage[]> {
  const { rows } = await sql<Shortage>`
    SELECT product_id AS "productId", greatest(available, 0) AS available
    FROM inventory.reserve(${orderId}, ${storeId}, ${productsOf(lines)}, ${quantitiesOf(lines)}, ${expiresAt}::timestamptz)`.execute(trx);
  return rows;
}

/** Whether the reservation was still there. */
export async function allocate(trx: Trx, orderId: string): Promise<boolean> {
  const { rows } = await sql<{ state: string | null }>`SELECT inventory.allocate(${orderId}) AS state`.execute(trx);
  return rows[0]?.state === 'allocated';
}

/** What is kept for an order can be sold again. Answers the state of its reservation then. */
export async function release(trx: Trx, orderId: string): Promise<string | null> {
  const { rows } = await sql<{ state: string | null }>`SELECT inventory.release(${orderId}) AS state`.execute(trx);
  return rows[0]?.state ?? null;
}

/** What is allocated to an order is not there any more, and leaves stock. Answers the state of its reservation then. */
export async function writeOff(trx: Trx, orderId: string): Promise<string | null> {
  const { rows } = await sql<{ state: string | null }>`SELECT inventory.write_off(${orderId}) AS state`.execute(trx);
  return rows[0]?.state ?? null;
}

/** Lets the reservations of orders expire that are overdue. */
export async function expireReservations(trx: Trx, orderIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM inventory.expire(${orderIds.length}, ${orderIds}::uuid[]) AS id`.execute(trx);
  const expired = new Set(rows.map(({ id }) => id));
  // Overdue by the clock as it was: had it been set back since, the goods would be held for nobody, and for good.
  for (const orderId of orderIds) if (!expired.has(orderId)) await release(trx, orderId);
}

/** Answers how many units left stock. */
export async function ship(trx: Trx, orderId: string, lines: readonly Units[]): Promise<number> {
  const { rows } = await sql<{ units: number }>`
    SELECT inventory.ship(${orderId}, ${productsOf(lines)}, ${quantitiesOf(lines)}) AS units`.execute(trx);
  return rows[0]?.units ?? 0;
}

/** Takes from stock what has been handed over already, of several orders at once. Answers what is short; nothing is taken then. */
export async function handOver(
  trx: Trx,
  storeId: string | null,
  lines: readonly (Units & { readonly orderId: string })[],
): Promise<Shortage[]> {
  const { rows } = await sql<Shortage>`
    SELECT product_id AS "productId", greatest(available, 0) AS available
    FROM inventory.hand_over(${storeId}, ${lines.map(({ orderId }) => orderId)}::uuid[], ${productsOf(lines)}, ${quantitiesOf(lines)})`.execute(
    trx,
  );
  return rows;
}

/** The store that goods of an order come back to where none is named: that they came from, or the online store where that is none of this region any more. Asked before stock is locked. */
export async function returnStoreOf(trx: Trx, orderId: string): Promise<string | null> {
  const { rows } = await sql<{ id: string | null }>`SELECT inventory.return_store_of(${orderId}) AS id`.execute(trx);
  return rows[0]?.id ?? null;
}

/** Answers how many units are in stock again. */
export async function takeBack(trx: Trx, orderId: string, storeId: string | null, lines: readonly Units[]): Promise<number> {
  const { rows } = await sql<{ units: number }>`
    SELECT inventory.take_back(${orderId}, ${storeId}, ${productsOf(lines)}, ${quantitiesOf(lines)}) AS units`.execute(trx);
  return rows[0]?.units ?? 0;
}
