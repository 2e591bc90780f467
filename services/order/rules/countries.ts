import type { Region } from '#contracts/regions.ts';

/** How a price that is shown relates to the tax on it: it holds it already, or it is added on top. */
export type TaxMode = 'included' | 'added';

/** What delivery costs in one currency, in minor units, tax as the country has it. */
export interface DeliveryPrice {
  readonly flatMinor: number;
  /** From this sum of goods on it costs nothing. */
  readonly freeFromMinor: number;
}

export interface CountryRule {
  /** The region whose shop delivers there: an address stays in the region in which it was given. */
  readonly region: Region;
  readonly tax: { readonly mode: TaxMode; readonly basisPoints: number };
  /** By the currencies in which the country may be sold to. */
  readonly delivery: ReadonlyMap<string, DeliveryPrice>;
}

type ByCurrency = Readonly<Record<string, DeliveryPrice>>;

const europe: ByCurrency = {
  EUR: { flatMinor: 690, freeFromMinor: 9_900 },
  GBP: { flatMinor: 590, freeFromMinor: 8_500 },
};
const overseas: ByCurrency = {
  USD: { flatMinor: 1_490, freeFromMinor: 19_900 },
  EUR: { flatMinor: 1_390, freeFromMinor: 18_900 },
  GBP: { flatMinor: 1_190, freeFromMinor: 15_900 },
};

const rule = (region: Region, mode: TaxMode, basisPoints: number, delivery: ByCurrency): CountryRule => ({
  region,
  tax: { mode, basisPoints },
  delivery: new Map(Object.entries(delivery)),
});
const world = (mode: TaxMode, basisPoints: number, delivery: ByCurrency): CountryRule => rule('world', mode, basisPoints, delivery);

/**
 * Where the shop delivers to, by ISO 3166-1 alpha-2: standard rates of value added or goods and services tax, in hundredths of a per cent. In the United States
 * no sales tax is collected, and Canada's is the federal one: theirs depend on state and province.
 */
export const countryRules: ReadonlyMap<string, CountryRule> = new Map([
  ['GB', world('included', 2_000, { GBP: { flatMinor: 395, freeFromMinor: 5_000 }, EUR: { flatMinor: 495, freeFromMinor: 6_000 } })],
  ['IE', world('included', 2_300, europe)],
  ['DE', world('included', 1_900, europe)],
  ['FR', world('included', 2_000, europe)],
  ['ES', world('included', 2_100, europe)],
  ['IT', world('included', 2_200, europe)],
  ['NL', world('included', 2_100, europe)],
  ['CH', world('included', 810, europe)],
  ['US', world('added', 0, overseas)],
  ['CA', world('added', 500, overseas)],
  ['AU', world('included', 1_000, overseas)],
  ['JP', world('included', 1_000, overseas)],
  ['CN', rule('china', 'included', 1_300, { CNY: { flatMinor: 1_200, freeFromMinor: 9_900 } })],
]);
