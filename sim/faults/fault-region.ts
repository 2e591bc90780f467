import { regions, type Region } from '../topology/regions.ts';

/** The region of a component such as `world:queue`. Throws RangeError for a name of another form. */
export function regionOf(component: string): Region {
  const region = regions.find((candidate) => component.startsWith(`${candidate}:`));
  if (region === undefined) throw new RangeError(`${component} is in no region; there are ${regions.join(' and ')}`);
  return region;
}
