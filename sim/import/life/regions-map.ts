export type RegionName = 'world' | 'china';

/** Which region's shop sells to a country, by the file's name of it. */
export interface RegionsMap {
  regionOf(country: string): RegionName;
  /** The regions that it names, the world first. */
  readonly regions: readonly RegionName[];
}

/** The United Kingdom is the world, every other country is China's. */
export const defaultRegionsMap = 'United Kingdom=world,*=china';

/**
 * Reads `COUNTRY=REGION,...,*=REGION`; `*` is every country that is not named, and has to be there. Throws RangeError, with a sentence for the person who wrote it.
 */
export function parseRegionsMap(text: string): RegionsMap {
  const byCountry = new Map<string, RegionName>();
  for (const entry of text.split(',')) {
    const match = /^\s*([^=]+?)\s*=\s*(world|china)\s*$/.exec(entry);
    if (match === null) throw new RangeError(`"${entry.trim()}" is not COUNTRY=world or COUNTRY=china`);
    const [, country = '', region] = match;
    if (byCountry.has(country)) throw new RangeError(`${country} is there twice`);
    byCountry.set(country, region === 'china' ? 'china' : 'world');
  }
  const others = byCountry.get('*');
  if (others === undefined) throw new RangeError('*=world or *=china has to say where all other countries are');
  const used = new Set(byCountry.values());
  return {
    regionOf: (country) => byCountry.get(country) ?? others,
    regions: (['world', 'china'] as const).filter((region) => used.has(region)),
  };
}
