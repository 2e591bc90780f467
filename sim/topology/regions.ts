/** The two regions of the twin. Each has its own cloud, database and services; only the border joins them. */
export const regions = ['world', 'china'] as const;
export type Region = (typeof regions)[number];

export const services = ['auth', 'catalog', 'sync'] as const;
/** The region on the other side of the border. */
export function peerOf(region: Region): Region {
  return region === 'world' ? 'china' : 'world';
}
