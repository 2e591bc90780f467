/** The two regions of the twin. Each has its own cloud, database and services; only the border joins them. */
export const regions = ['world', 'china'] as const;
export type Region = (typeof regions)[number];

export const services = ['auth', 'catalog', 'sync'] as const;
/** What each service listens with. */
export const serviceListeners: Readonly<Record<string, readonly string[]>> = {
  auth: ['auth'],
  catalog: ['catalog'],
  sync: ['sync', 'sync-worker'],
};
/** What a region's services process listens with, and the variable that names each one's port: sync has a side for the peer and one for operators. */
export const listeners = { auth: 'AUTH_PORT', catalog: 'CATALOG_PORT', sync: 'SYNC_PORT', 'sync-worker': 'WORKER_PORT' } as const;
/** What SERVICES can name one by one, and the listeners that each opens: the processes of a region that runs split. */
export const programs = { auth: ['auth'], catalog: ['catalog'], 'sync-ingest': ['sync'], 'sync-worker': ['sync-worker'] } as const;
/** The region on the other side of the border. */
export function peerOf(region: Region): Region {
  return region === 'world' ? 'china' : 'world';
}
