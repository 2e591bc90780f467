/** The two regions of the twin. Each has its own cloud, database and services; only the border joins them. */
export const regions = ['world', 'china'] as const;
export type Region = (typeof regions)[number];

/**
 * The domain services: each is a folder of `services`, a program that SERVICES can name, and a listener behind the front; `role` is its database role
 * and its schema. What else the twin knows of them - ports, links, processes, roles, secrets - follows from this.
 */
export const domainServices = [
  { name: 'auth', role: 'auth' },
  { name: 'user', role: 'users' },
  { name: 'catalog', role: 'catalog' },
  { name: 'inventory', role: 'inventory' },
  { name: 'order', role: 'orders' },
  { name: 'notification', role: 'notification' },
] as const;

const ofDomain = <Value>(of: (name: string) => Value): Record<string, Value> =>
  Object.fromEntries(domainServices.map(({ name }) => [name, of(name)]));

export const services: readonly string[] = [...domainServices.map(({ name }) => name), 'sync'];
/** What each service listens with. */
export const serviceListeners: Readonly<Record<string, readonly string[]>> = {
  ...ofDomain((name) => [name]),
  sync: ['sync', 'sync-worker'],
};
/** What a region's services process listens with, and the variable that names each one's port: sync has a side for the peer and one for operators. */
export const listeners: Readonly<Record<string, string>> = {
  ...ofDomain((name) => `${name.toUpperCase()}_PORT`),
  sync: 'SYNC_PORT',
  'sync-worker': 'WORKER_PORT',
};
/** What SERVICES can name one by one, and the listeners that each opens: the processes of a region that runs split. */
export const programs: Readonly<Record<string, readonly string[]>> = {
  ...ofDomain((name) => [name]),
  'sync-ingest': ['sync'],
  'sync-worker': ['sync-worker'],
};
/** Programs that work by themselves, whether anybody asks them or not. */
export const selfDriven: readonly string[] = ['sync-worker'];
/** What a front leads to: the option that names its address, and the listener that answers there. */
export const frontUpstreams: readonly { readonly option: string; readonly listener: string }[] = [
  ...domainServices.map(({ name }) => ({ option: `--${name}-url`, listener: name })),
  { option: '--sync-url', listener: 'sync-worker' },
];
/** The region on the other side of the border. */
export function peerOf(region: Region): Region {
  return region === 'world' ? 'china' : 'world';
}
