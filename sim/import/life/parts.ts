import type { Trade } from './rows.ts';

/** What an order of the shop may hold; an invoice that holds more becomes several. */
export const PART_LINES = 100;
export const PART_UNITS = 999;

/** A line of an order: units of a product at one price. */
export interface PartLine {
  readonly sku: string;
  readonly unitMinor: number;
  readonly quantity: number;
}

/**
 * Cuts the rows of an invoice into orders: a product stands on one line of an order, at one price, with no more units than a line holds. Rows of one product and price
 * are added up first. Pure; nothing is lost: the units of each product and price are what they were.
 */
export function partsOf(trades: readonly Pick<Trade, 'sku' | 'unitMinor' | 'quantity'>[]): PartLine[][] {
  const sums = new Map<string, { readonly sku: string; readonly unitMinor: number; quantity: number }>();
  for (const { sku, unitMinor, quantity } of trades) {
    const key = `${sku}|${unitMinor}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { sku, unitMinor, quantity });
    else known.quantity += quantity;
  }
  const parts: { readonly skus: Set<string>; readonly lines: PartLine[] }[] = [];
  for (const { sku, unitMinor, quantity } of sums.values()) {
    for (let left = quantity; left > 0; left -= PART_UNITS) {
      const part = parts.find(({ skus, lines }) => lines.length < PART_LINES && !skus.has(sku)) ?? addPart(parts);
      part.skus.add(sku);
      part.lines.push({ sku, unitMinor, quantity: Math.min(left, PART_UNITS) });
    }
  }
  return parts.map(({ lines }) => lines);
}

function addPart(parts: { readonly skus: Set<string>; readonly lines: PartLine[] }[]) {
  const part: { readonly skus: Set<string>; readonly lines: PartLine[] } = { skus: new Set(), lines: [] };
  parts.push(part);
  return part;
}
