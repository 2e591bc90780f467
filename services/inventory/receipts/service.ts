import type { ReceiptCreation, StockChanged } from '#contracts/inventory.ts';

import { refuseUnusable, unusableOf } from '../catalog.repository.ts';
import type { InventoryDb } from '../deps.ts';
import { applyDeltas, lockStock } from '../stock/changes.repository.ts';
import { referenceOr, sumByProduct } from '../stock/lines.ts';
import { stockOf } from '../stock/service.ts';

/**
 * Adds goods that have come in to a store's stock. Throws AppError `reference_missing` where the catalogue has no such store or product, and `foreign_home_region` where
 * the store is of the other region.
 */
export async function receive(trx: InventoryDb, { storeId, lines, reference }: ReceiptCreation, actor: string): Promise<StockChanged> {
  const products = lines.map(({ productId }) => productId);
  refuseUnusable(
    await unusableOf(trx, [storeId], products),
    { field: 'storeId', storeId },
    products.map((productId, place) => ({ field: `lines.${place}.productId`, productId })),
  );
  const deltas = [...sumByProduct(lines)].map(([productId, delta]) => ({ storeId, productId, delta }));
  const reason = { kind: 'received', reference: referenceOr(reference), actor } as const;
  await lockStock(trx, deltas);
  return { reference: reason.reference, items: (await applyDeltas(trx, reason, deltas)).map(stockOf) };
}
