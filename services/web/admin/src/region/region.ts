/** The two regions that one panel serves. */
export const regions = ['world', 'china'] as const;
export type Region = (typeof regions)[number];

/** The region on the other side of the border. */
export function otherRegion(region: Region): Region {
  return region === 'world' ? 'china' : 'world';
}

/** Reads the region from the path of the page (`/china` and below); everything else is the world. */
export function regionOfPath(pathname: string): Region {
  return /^\/china(\/|$)/.test(pathname) ? 'china' : 'world';
}

/** Where a region's API answers on the panel's own origin. */
export function apiBase(region: Region): string {
  return `/api/${region}`;
}
