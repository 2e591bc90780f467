import type { Region } from '#contracts/regions.ts';

import { countryRules } from './countries.ts';

/** What a region's shop reckons in where nothing else is asked for. */
const ownCurrency: Readonly<Record<Region, string>> = { world: 'GBP', china: 'CNY' };

/** The currency of a new cart: the one that is asked for, or the region's own; undefined where the region sells nothing in it. Pure. */
export function currencyFor(region: Region, asked: string = ownCurrency[region]): string | undefined {
  const isSold = [...countryRules.values()].some((rule) => rule.regions.includes(region) && rule.delivery.has(asked));
  return isSold ? asked : undefined;
}
