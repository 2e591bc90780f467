import { randomUUID } from 'node:crypto';

import type { QuantityLine } from '#contracts/inventory.ts';

/** Quantities by product, in the order of the products' first lines: a product may stand on several. Pure. */
export function sumByProduct(lines: readonly QuantityLine[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { productId, quantity } of lines) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  return sums;
}

/** What the ledger calls a change for which the warehouse has no name. */
export const referenceOr = (given: string | undefined): string => given ?? randomUUID();
