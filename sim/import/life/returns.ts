import type { Trade } from './rows.ts';

/** Units of one sale that may still come back. */
interface Lot {
  readonly reference: string;
  left: number;
}

/** Units that come back of one sale. */
export interface Matched {
  readonly reference: string;
  readonly quantity: number;
}

export interface ReturnsBook {
  /** Notes what was sold under a reference, after everything that was sold before. */
  sold(trade: Trade, reference: string): void;
  /** Takes units back: of the newest sale first. Those that nothing matches are `unmatched`. */
  takeBack(trade: Trade): { readonly matched: readonly Matched[]; readonly unmatched: number };
}

/** What has to agree between a sale and what comes back of it. */
export const lotKeyOf = ({ customer = '', country, sku, unitMinor }: Trade): string => `${customer}|${country}|${sku}|${unitMinor}`;

/**
 * A book of what can come back, by customer, country, product and price. It keeps only lots of `wanted` keys: what never comes back in this file takes no memory.
 */
export function openReturnsBook(wanted: ReadonlySet<string>): ReturnsBook {
  const lots = new Map<string, Lot[]>();
  return {
    sold(trade, reference) {
      const key = lotKeyOf(trade);
      if (!wanted.has(key)) return;
      const known = lots.get(key);
      const lot = { reference, left: trade.quantity };
      if (known === undefined) lots.set(key, [lot]);
      else known.push(lot);
    },
    takeBack(trade) {
      const known = lots.get(lotKeyOf(trade)) ?? [];
      const matched: Matched[] = [];
      let left = trade.quantity;
      while (left > 0) {
        const newest = known.at(-1);
        if (newest === undefined) break;
        const quantity = Math.min(left, newest.left);
        matched.push({ reference: newest.reference, quantity });
        newest.left -= quantity;
        left -= quantity;
        if (newest.left === 0) known.pop();
      }
      return { matched, unmatched: left };
    },
  };
}
