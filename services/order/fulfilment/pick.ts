import type { LineUnits } from '#contracts/order.ts';
import { AppError } from '#platform/errors.ts';

import type { OrderLineRow } from '../orders/orders.repository.ts';

/** Units of a line of an order, by the line's number too. */
export interface PickedUnits {
  readonly line: number;
  readonly productId: string;
  readonly quantity: number;
}

/**
 * The lines of an order that `wanted` names, each once, with so many units as are wanted in all. Pure. Throws AppError `reference_missing` for a product that is not in
 * the order, and `state_conflict` for more units than `left` says there are.
 */
export function pickLines<Line extends Pick<OrderLineRow, 'line' | 'product_id' | 'sku'>>(
  lines: readonly Line[],
  wanted: readonly LineUnits[],
  left: (line: Line) => number,
  /** What becomes of the units, to say what cannot: "can still be shipped". */
  what: 'be shipped' | 'come back',
): PickedUnits[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of wanted) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities].map(([productId, quantity]) => {
    const line = lines.find(({ product_id }) => product_id === productId);
    if (line === undefined) {
      throw new AppError('reference_missing', { errors: [{ field: 'lines', message: `${productId} is not in the order` }] });
    }
    const most = left(line);
    if (quantity > most) throw new AppError('state_conflict', { detail: `${unitsOf(most)} of ${line.sku} can still ${what}.` });
    return { line: line.line, productId, quantity };
  });
}

const unitsOf = (most: number): string => (most === 0 ? 'No unit' : `Only ${most} ${most === 1 ? 'unit' : 'units'}`);
