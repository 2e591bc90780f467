import type { FieldError } from '#contracts/errors.ts';
import type { CountCreation, StockChanged } from '#contracts/inventory.ts';
import { AppError } from '#platform/errors.ts';

import { refuseUnusable, unusableOf } from '../catalog.repository.ts';
import type { InventoryDb } from '../deps.ts';
import { applyDeltas, lockStock } from '../stock/changes.repository.ts';
import { referenceOr } from '../stock/lines.ts';
import { stockOf } from '../stock/service.ts';

/**
 * Sets a store's stock to what was counted; the differences go into the ledger. All lines or none. Throws AppError `count_below_reserved` where fewer were counted
 * than orders wait for, `invalid_request` where a product was counted twice, `reference_missing` where there is no such store, or more than before was counted of
 * what is no product, and `foreign_home_region` where the store is of the other region. What is left of a product that is gone can be counted down.
 */
export async function count(trx: InventoryDb, { storeId, lines, reference }: CountCreation, actor: string): Promise<StockChanged> {
  const twice = faultsOf(
    lines,
    ({ productId }, place) => lines.findIndex((line) => line.productId === productId) < place,
    'was counted on an earlier line',
  );
  if (twice.length > 0) throw new AppError('invalid_request', { errors: twice });
  const products = lines.map(({ productId }) => productId);
  const unusable = await unusableOf(trx, [storeId], products);
  const store = { field: 'storeId', storeId };
  refuseUnusable(unusable, store);
  const held = await lockStock(
    trx,
    products.map((productId) => ({ storeId, productId })),
  );
  const stockOfProduct = new Map(held.map((row) => [row.product_id, row]));
  const found = lines.flatMap(({ productId, counted }, place) =>
    counted > (stockOfProduct.get(productId)?.on_hand ?? 0) ? [{ field: `lines.${place}.productId`, productId }] : [],
  );
  refuseUnusable(unusable, store, found);
  const below = faultsOf(
    lines,
    ({ productId, counted }) => counted < (stockOfProduct.get(productId)?.reserved ?? 0),
    'is less than what is reserved',
  );
  if (below.length > 0) throw new AppError('count_below_reserved', { errors: below });
  const deltas = lines.map(({ productId, counted }) => ({
    storeId,
    productId,
    delta: counted - (stockOfProduct.get(productId)?.on_hand ?? 0),
  }));
  const reason = { kind: 'counted', reference: referenceOr(reference), actor } as const;
  return { reference: reason.reference, items: (await applyDeltas(trx, reason, deltas)).map(stockOf) };
}

type Line = CountCreation['lines'][number];

/** The lines of which `isWrong`, as errors of their fields. Pure. */
function faultsOf(lines: readonly Line[], isWrong: (line: Line, place: number) => boolean, message: string): FieldError[] {
  return lines.flatMap((line, place) => (isWrong(line, place) ? [{ field: `lines.${place}.counted`, message }] : []));
}
