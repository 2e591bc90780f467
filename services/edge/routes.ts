export type OriginName = 'AUTH_ORIGIN' | 'CATALOG_ORIGIN' | 'SYNC_ORIGIN';

export interface Route {
  readonly origin: OriginName;
  readonly bodyLimitBytes: number;
  readonly patience: 'ordinary' | 'bulk';
}

export const allowedMethods: readonly string[] = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];

const MIB = 1024 * 1024;

/** An encoded slash, backslash, dot or NUL has no place in this API's paths, and servers disagree about what it means. */
const AMBIGUOUS = /%(?:2f|5c|2e|00)|\\/i;

/**
 * Which origin answers `path` (already normalised by the URL parser). What is not listed here does not exist from outside: above all
 * `/sync/`, which only the border links reach.
 */
export function routeOf(path: string): Route | undefined {
  if (AMBIGUOUS.test(path)) return undefined;
  if (path.startsWith('/v1/auth/')) return { origin: 'AUTH_ORIGIN', bodyLimitBytes: MIB, patience: 'ordinary' };
  // Where operators look after sync; the service lets operators and administrators in, and nobody else.
  if (path.startsWith('/v1/sync/')) return { origin: 'SYNC_ORIGIN', bodyLimitBytes: 64 * 1024, patience: 'ordinary' };
  if (!path.startsWith('/v1/')) return undefined;
  const bulk = path.endsWith('/bulk');
  return { origin: 'CATALOG_ORIGIN', bodyLimitBytes: bulk ? 4 * MIB : MIB, patience: bulk ? 'bulk' : 'ordinary' };
}
