import { isRealInstant } from '#platform/instant.ts';

/** So much may the clock of who makes prices be ahead of ours. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * What is wrong with the instant of a price; null where nothing is. Of a product's prices the latest counts: one of the future would count at once, and no true
 * price after it until then. What is to come is a price of its own, with a beginning (prices/). Pure.
 */
export function pricedAtFault(instant: string, nowMs: number): string | null {
  if (!isRealInstant(instant)) return 'is no day of the calendar';
  return Date.parse(instant) > nowMs + CLOCKS_DIFFER_MS ? 'has not come yet' : null;
}
