import { CART_LINES_LIMIT, LINE_QUANTITY_LIMIT, type LineWanted } from '#contracts/cart.ts';

/** Lines of one product become one, at the place of the first; their quantities add up. Pure. */
export function addUpLines(lines: readonly LineWanted[]): LineWanted[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

/**
 * What becomes of two carts of one person: the lines of both, `kept` first. Quantities add up to what a line may hold; lines beyond what a cart may hold are
 * dropped. Pure.
 */
export function mergeLines(kept: readonly LineWanted[], added: readonly LineWanted[]): LineWanted[] {
  return addUpLines([...kept, ...added])
    .map(({ productId, quantity }) => ({ productId, quantity: Math.min(quantity, LINE_QUANTITY_LIMIT) }))
    .slice(0, CART_LINES_LIMIT);
}
