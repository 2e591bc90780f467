import type { Shortage } from '#contracts/errors.ts';
import type { StockChanged, TransferCreation } from '#contracts/inventory.ts';
import { AppError } from '#platform/errors.ts';

import { refuseUnusable, unusableOf } from '../catalog.repository.ts';
import type { InventoryDb } from '../deps.ts';
import { applyDeltas, lockStock } from '../stock/changes.repository.ts';
import { referenceOr, sumByProduct } from '../stock/lines.ts';
import type { StockRow } from '../stock/stock.repository.ts';
import { stockOf } from '../stock/service.ts';

/**
 * Moves goods from one store to another: all lines or none. What is reserved stays. Throws AppError `out_of_stock` with what there is less of, and
 * `invalid_request` where both stores are one, `reference_missing` where there is no store that they go to, and `foreign_home_region` where that is of the other region.
 * The one that they come from, and the products, may be gone or the other region's: goods that are left over here can be taken away.
 */
export async function transfer(
  trx: InventoryDb,
  { fromStoreId, toStoreId, lines, reference }: TransferCreation,
  actor: string,
): Promise<StockChanged> {
  if (fromStoreId === toStoreId)
    throw new AppError('invalid_request', { errors: [{ field: 'toStoreId', message: 'is the store that it comes from' }] });
  refuseUnusable(await unusableOf(trx, [toStoreId], []), { field: 'toStoreId', storeId: toStoreId });
  const wanted = sumByProduct(lines);
  const deltas = [...wanted].flatMap(([productId, quantity]) => [
    { storeId: fromStoreId, productId, delta: -quantity },
    { storeId: toStoreId, productId, delta: quantity },
  ]);
  const held = await lockStock(trx, deltas);
  const short = shortagesOf(held, fromStoreId, wanted);
  if (short.length > 0) throw new AppError('out_of_stock', { short });
  const reason = { kind: 'transferred', reference: referenceOr(reference), actor } as const;
  return { reference: reason.reference, items: (await applyDeltas(trx, reason, deltas)).map(stockOf) };
}

/** Of what `wanted` there is less in the store than it says. Pure. */
function shortagesOf(held: readonly StockRow[], storeId: string, wanted: ReadonlyMap<string, number>): Shortage[] {
  return held
    .filter((row) => row.store_id === storeId)
    .map((row) => ({ productId: row.product_id, available: row.on_hand - row.reserved }))
    .filter(({ productId, available }) => available < (wanted.get(productId) ?? 0));
}
