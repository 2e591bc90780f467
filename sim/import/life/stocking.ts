import type { Signals } from '../../region-api/retry.ts';
import type { RegionName } from './regions-map.ts';
import type { Shop } from './shop.ts';
import { monthOf, type Survey } from './survey.ts';

/** As many lines as a receipt takes. */
const RECEIPT_LINES = 1_000;
/** Of each product so much more comes in the first time than is sold: a shop that sells its last one every month would tell the other region so every month. */
const MARGIN = 20;

export interface StockingOptions {
  readonly namespace: string;
  readonly units: Survey['units'];
  readonly productIds: ReadonlyMap<string, string>;
  readonly shopOf: (region: RegionName) => Shop;
  readonly storeIds: ReadonlyMap<RegionName, string>;
  readonly signals: Signals;
}

/**
 * The goods of a month come in before its first sale: what is sold in it, a receipt for a thousand products. Answers what to call with each sale: a promise to wait for
 * where its month's goods have not been asked for yet.
 */
export function openStocking(options: StockingOptions): (region: RegionName, epochMs: number) => Promise<void> | undefined {
  const received = new Set<string>();
  const seen = new Map<RegionName, Set<string>>();
  return (region, epochMs) => {
    const month = monthOf(epochMs);
    if (received.has(`${region} ${month}`)) return undefined;
    received.add(`${region} ${month}`);
    const known = seen.get(region) ?? new Set<string>();
    seen.set(region, known);
    return receiveMonth(options, region, month, known);
  };
}

async function receiveMonth(options: StockingOptions, region: RegionName, month: string, known: Set<string>): Promise<void> {
  const storeId = options.storeIds.get(region);
  const units = options.units.get(region)?.get(month);
  if (storeId === undefined || units === undefined) return;
  const lines = [...units].flatMap(([sku, sold]) => {
    const productId = options.productIds.get(sku);
    const quantity = sold + (known.has(sku) ? 0 : MARGIN);
    known.add(sku);
    return productId === undefined ? [] : [{ productId, quantity }];
  });
  for (let start = 0; start < lines.length; start += RECEIPT_LINES) {
    const reference = `${options.namespace}/goods-${month}-${start / RECEIPT_LINES + 1}`;
    await options.shopOf(region).receive({ storeId, reference, lines: lines.slice(start, start + RECEIPT_LINES) }, options.signals);
  }
}
