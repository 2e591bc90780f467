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
  /** The regions whose shops deliver there; an address stays in the region in which it was given. */
  readonly regions: readonly Region[];
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

const rule = (regions: readonly Region[], mode: TaxMode, basisPoints: number, delivery: ByCurrency): CountryRule => ({
  regions,
  tax: { mode, basisPoints },
  delivery: new Map(Object.entries(delivery)),
});
/** Both shops send abroad: China's exports, to whoever shops there. */
const abroad = (mode: TaxMode, basisPoints: number, delivery: ByCurrency): CountryRule =>
  rule(['world', 'china'], mode, basisPoints, delivery);

/**
 * Where the shops deliver to, by ISO 3166-1 alpha-2: standard rates of value added or goods and services tax, in hundredths of a per cent. No tax is collected for the
 * United States, Brazil and Hong Kong (theirs depend on state and goods, or there is none), and Canada's is the federal one. To mainland China the world's shop sells
 * nothing: what is sold there is sold by the shop there.
 */
export const countryRules: ReadonlyMap<string, CountryRule> = new Map([
  ['GB', abroad('included', 2_000, { GBP: { flatMinor: 395, freeFromMinor: 5_000 }, EUR: { flatMinor: 495, freeFromMinor: 6_000 } })],
  ['IE', abroad('included', 2_300, europe)],
  ['DE', abroad('included', 1_900, europe)],
  ['FR', abroad('included', 2_000, europe)],
  ['ES', abroad('included', 2_100, europe)],
  ['IT', abroad('included', 2_200, europe)],
  ['NL', abroad('included', 2_100, europe)],
  ['BE', abroad('included', 2_100, europe)],
  ['AT', abroad('included', 2_000, europe)],
  ['PT', abroad('included', 2_300, europe)],
  ['PL', abroad('included', 2_300, europe)],
  ['CZ', abroad('included', 2_100, europe)],
  ['LT', abroad('included', 2_100, europe)],
  ['GR', abroad('included', 2_400, europe)],
  ['CY', abroad('included', 1_900, europe)],
  ['MT', abroad('included', 1_800, europe)],
  ['DK', abroad('included', 2_500, europe)],
  ['SE', abroad('included', 2_500, europe)],
  ['FI', abroad('included', 2_550, europe)],
  ['NO', abroad('included', 2_500, europe)],
  ['IS', abroad('included', 2_400, europe)],
  ['CH', abroad('included', 810, europe)],
  ['JE', abroad('included', 500, europe)],
  ['US', abroad('added', 0, overseas)],
  ['CA', abroad('added', 500, overseas)],
  ['BR', abroad('added', 0, overseas)],
  ['AU', abroad('included', 1_000, overseas)],
  ['JP', abroad('included', 1_000, overseas)],
  ['HK', abroad('included', 0, overseas)],
  ['SG', abroad('included', 900, overseas)],
  ['AE', abroad('included', 500, overseas)],
  ['BH', abroad('included', 1_000, overseas)],
  ['SA', abroad('included', 1_500, overseas)],
  ['IL', abroad('included', 1_800, overseas)],
  ['LB', abroad('included', 1_100, overseas)],
  ['CN', rule(['china'], 'included', 1_300, { CNY: { flatMinor: 1_200, freeFromMinor: 9_900 } })],
]);
