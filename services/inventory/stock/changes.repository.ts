import { sql } from 'kysely';

import type { InventoryDb } from '../deps.ts';
import { stockColumns, type StockRow } from './stock.repository.ts';

/** A store's stock of a product, by its key. */
export interface StockKey {
  readonly storeId: string;
  readonly productId: string;
}

export interface StockDelta extends StockKey {
  readonly delta: number;
}

/** What the ledger says about a change beside its numbers. */
export interface ChangeReason {
  readonly kind: 'received' | 'transferred' | 'counted';
  readonly reference: string;
  readonly actor: string;
}

/** Locks stock until the transaction ends, by key, and answers it as it is then; what is not there yet begins with nothing. */
export async function lockStock(trx: InventoryDb, keys: readonly StockKey[]): Promise<readonly StockRow[]> {
  const { rows } = await sql<StockRow>`
    SELECT ${stockColumns}
    FROM inventory.lock_stock(${keys.map(({ storeId }) => storeId)}::uuid[], ${keys.map(({ productId }) => productId)}::uuid[]) t`.execute(
    trx,
  );
  return rows;
}

/** Changes what is on hand of locked stock, and writes it into the ledger. Each key stands once in `deltas`. Answers the stock of all of them. */
export async function applyDeltas(trx: InventoryDb, reason: ChangeReason, deltas: readonly StockDelta[]): Promise<readonly StockRow[]> {
  const { rows } = await sql<StockRow>`
    WITH change AS (
      SELECT * FROM unnest(${deltas.map(({ storeId }) => storeId)}::uuid[], ${deltas.map(({ productId }) => productId)}::uuid[],
        ${deltas.map(({ delta }) => delta)}::int[]) AS c(store_id, product_id, delta)
    ), told AS (
      INSERT INTO inventory.movement (store_id, product_id, kind, delta_on_hand, reference, actor)
      SELECT c.store_id, c.product_id, ${reason.kind}, c.delta, ${reason.reference}, ${reason.actor} FROM change c WHERE c.delta <> 0
      ORDER BY c.store_id, c.product_id
    ), changed AS (
      UPDATE inventory.stock s SET on_hand = s.on_hand + c.delta FROM change c WHERE s.store_id = c.store_id AND s.product_id = c.product_id
      RETURNING s.*
    )
    SELECT ${stockColumns} FROM changed t ORDER BY t.store_id, t.product_id`.execute(trx);
  return rows;
}
