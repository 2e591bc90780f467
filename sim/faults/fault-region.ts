import { regions, type Region } from '../topology/regions.ts';

/** The region whose `part` a name means: `world`, or `world:postgres`. Throws RangeError for any other. */
export function regionOfPart(name: string, part: string): Region {
  const region = regions.find((candidate) => name === candidate || name === `${candidate}:${part}`);
  if (region === undefined) throw new RangeError(`${name} is none of ${regions.map((one) => `${one}:${part}`).join(' and ')}`);
  return region;
}

/** The region of a component such as `world:queue`. Throws RangeError for a name of another form. */
export function regionOf(component: string): Region {
  const region = regions.find((candidate) => component.startsWith(`${candidate}:`));
  if (region === undefined) throw new RangeError(`${component} is in no region; there are ${regions.join(' and ')}`);
  return region;
}
