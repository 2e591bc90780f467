import { readName } from '../row.ts';
import type { RegionsMap, RegionName } from './regions-map.ts';
import { lotKeyOf } from './returns.ts';
import { readTrade, type LifeRow } from './rows.ts';

/** A product as its first sale knows it. */
export interface SurveyedProduct {
  readonly sku: string;
  name: string | undefined;
  readonly unitMinor: number;
  readonly soldMs: number;
}

/** What has to be known before the first invoice: of the size of what is traded with, not of the file. */
export interface Survey {
  rows: number;
  sales: number;
  readonly products: ReadonlyMap<string, SurveyedProduct>;
  readonly customers: ReadonlyMap<RegionName, ReadonlySet<string>>;
  /** Units sold, by region, month (`2010-12`) and product. */
  readonly units: ReadonlyMap<RegionName, ReadonlyMap<string, ReadonlyMap<string, number>>>;
  /** Keys of what comes back: `lotKeyOf`. */
  readonly wanted: ReadonlySet<string>;
}

export const monthOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 7);

/** Looks through the file once. Throws what reading throws. */
export async function surveyRows(
  rows: AsyncIterable<{ readonly raw: LifeRow }>,
  map: RegionsMap,
  isStopped: () => boolean,
): Promise<Survey> {
  const products = new Map<string, SurveyedProduct>();
  const customers = new Map<RegionName, Set<string>>();
  const units = new Map<RegionName, Map<string, Map<string, number>>>();
  const wanted = new Set<string>();
  const survey = { rows: 0, sales: 0, products, customers, units, wanted };
  for await (const { raw } of rows) {
    if (isStopped()) break;
    survey.rows += 1;
    const reading = readTrade(raw);
    if ('leftOut' in reading) continue;
    const { trade } = reading;
    if (trade.kind === 'return') {
      wanted.add(lotKeyOf(trade));
      continue;
    }
    survey.sales += 1;
    const { sku, unitMinor, soldMs, customer, quantity } = trade;
    const product = entryOf(products, sku, () => ({ sku, name: undefined, unitMinor, soldMs }));
    product.name ??= readName(raw.Description);
    const region = map.regionOf(trade.country);
    if (customer !== undefined) entryOf(customers, region, () => new Set<string>()).add(customer);
    const ofRegion = entryOf(units, region, () => new Map<string, Map<string, number>>());
    const ofMonth = entryOf(ofRegion, monthOf(soldMs), () => new Map<string, number>());
    ofMonth.set(sku, (ofMonth.get(sku) ?? 0) + quantity);
  }
  return survey;
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
