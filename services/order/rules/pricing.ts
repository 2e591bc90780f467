import type { Region } from '#contracts/regions.ts';

import { countryRules, type CountryRule } from './countries.ts';
import { MOST_MINOR, shareOf, sumOf } from './money.ts';

/** What is bought of one product, at the price of one, as it is shown. */
export interface PricedUnits {
  readonly unitMinor: number;
  readonly quantity: number;
}

/** An amount with the tax in it: `netMinor + taxMinor = totalMinor`, each a whole number of minor units and not negative. */
export interface Taxed {
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
}

/** The sums of an order. Lines are in the order in which they were given. */
export interface Pricing {
  readonly taxBasisPoints: number;
  readonly lines: readonly Taxed[];
  readonly shipping: Taxed;
  /** Of lines and shipping together. */
  readonly totals: Taxed;
}

export type PricingRefusal = 'not_deliverable' | 'amount_too_large';

/** Where something goes, and how: `charged` adds the shop's own delivery, `agreed` none, since it is in what was agreed. */
export interface Destination {
  readonly region: Region;
  readonly country: string;
  readonly currency: string;
  readonly delivery?: 'charged' | 'agreed';
}

/**
 * What `units` cost in `currency`, delivered to `country` by the shop of `region`: tax is rounded a line, half up, and sums are sums of what was rounded, so that
 * the lines that somebody is shown add up. Pure; answers why not, where it is not sold.
 */
export function priceOf(units: readonly PricedUnits[], to: Destination): Pricing | PricingRefusal {
  const rule = countryRules.get(to.country);
  const delivery = rule?.delivery.get(to.currency);
  if (rule === undefined || !rule.regions.includes(to.region) || delivery === undefined) return 'not_deliverable';
  const shownMinor = units.map(({ unitMinor, quantity }) => unitMinor * quantity);
  // A product of two whole numbers of which one passes 2^53 is not exact any more, but still larger than what is let through.
  const goodsMinor = sumOf(shownMinor);
  if (goodsMinor > MOST_MINOR) return 'amount_too_large';
  const lines = shownMinor.map((minor) => taxed(minor, rule.tax));
  const shipping = taxed(to.delivery === 'agreed' || goodsMinor >= delivery.freeFromMinor ? 0 : delivery.flatMinor, rule.tax);
  const totals = addUp([...lines, shipping]);
  if (totals.totalMinor > MOST_MINOR) return 'amount_too_large';
  return { taxBasisPoints: rule.tax.basisPoints, lines, shipping, totals };
}

function taxed(shownMinor: number, { mode, basisPoints }: CountryRule['tax']): Taxed {
  if (mode === 'added') {
    const taxMinor = shareOf(shownMinor, basisPoints, 10_000);
    return { netMinor: shownMinor, taxMinor, totalMinor: shownMinor + taxMinor };
  }
  const taxMinor = shareOf(shownMinor, basisPoints, 10_000 + basisPoints);
  return { netMinor: shownMinor - taxMinor, taxMinor, totalMinor: shownMinor };
}

/** Pure. */
export function addUp(parts: readonly Taxed[]): Taxed {
  return {
    netMinor: sumOf(parts.map(({ netMinor }) => netMinor)),
    taxMinor: sumOf(parts.map(({ taxMinor }) => taxMinor)),
    totalMinor: sumOf(parts.map(({ totalMinor }) => totalMinor)),
  };
}

/**
 * What is paid back for `units` of a line of `quantity` units that cost `totalMinor` together, of which `before` were paid back already: shares of a line are
 * rounded as they add up, so that all of them together are the line. Pure; throws RangeError for more units than there are left.
 */
export function refundOf(line: { readonly totalMinor: number; readonly quantity: number }, before: number, units: number): number {
  if (units < 0 || before < 0 || before + units > line.quantity) throw new RangeError('more is returned than was bought');
  const upTo = (returned: number): number => shareOf(line.totalMinor, returned, line.quantity);
  return upTo(before + units) - upTo(before);
}
