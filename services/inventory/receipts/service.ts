import type { ReceiptCreation, StockChanged } from '#contracts/inventory.ts';

import type { InventoryDb } from '../deps.ts';
import { applyDeltas, lockStock } from '../stock/changes.repository.ts';
import { referenceOr, sumByProduct } from '../stock/lines.ts';
import { stockOf } from '../stock/service.ts';

/** Adds goods that have come in to a store's stock. */
export async function receive(trx: InventoryDb, { storeId, lines, reference }: ReceiptCreation, actor: string): Promise<StockChanged> {
  const deltas = [...sumByProduct(lines)].map(([productId, delta]) => ({ storeId, productId, delta }));
  const reason = { kind: 'received', reference: referenceOr(reference), actor } as const;
  await lockStock(trx, deltas);
  return { reference: reason.reference, items: (await applyDeltas(trx, reason, deltas)).map(stockOf) };
}
