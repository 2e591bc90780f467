export type OriginName =
  | 'AUTH_ORIGIN'
  | 'USER_ORIGIN'
  | 'CATALOG_ORIGIN'
  | 'INVENTORY_ORIGIN'
  | 'ORDER_ORIGIN'
  | 'NOTIFICATION_ORIGIN'
  | 'SYNC_ORIGIN';

export interface Route {
  readonly origin: OriginName;
  readonly bodyLimitBytes: number;
  readonly patience: 'ordinary' | 'bulk';
}

export const allowedMethods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

const KIB = 1024;
const MIB = 1024 * KIB;

interface Rule {
  readonly origin: OriginName;
  readonly bodyLimitBytes: number;
  /** Set where paths that end in `/bulk`, `/import` or `/export` may carry more, and take longer. */
  readonly bulkBodyLimitBytes?: number;
}

const ordinary = (origin: OriginName): Rule => ({ origin, bodyLimitBytes: MIB });

/** Who answers below `/v1/`, by the path's next segment. */
const rules = new Map<string, Rule>([
  ['auth', ordinary('AUTH_ORIGIN')],
  ['users', ordinary('USER_ORIGIN')],
  ['me', ordinary('USER_ORIGIN')],
  ['carts', ordinary('ORDER_ORIGIN')],
  ['checkouts', ordinary('ORDER_ORIGIN')],
  ['orders', ordinary('ORDER_ORIGIN')],
  ['payments', ordinary('ORDER_ORIGIN')],
  ['returns', ordinary('ORDER_ORIGIN')],
  ['invoices', ordinary('ORDER_ORIGIN')],
  ['stock', ordinary('INVENTORY_ORIGIN')],
  ['reservations', ordinary('INVENTORY_ORIGIN')],
  ['receipts', ordinary('INVENTORY_ORIGIN')],
  ['transfers', ordinary('INVENTORY_ORIGIN')],
  ['counts', ordinary('INVENTORY_ORIGIN')],
  ['availability', ordinary('INVENTORY_ORIGIN')],
  ['movements', ordinary('INVENTORY_ORIGIN')],
  ['notifications', ordinary('NOTIFICATION_ORIGIN')],
  ['templates', ordinary('NOTIFICATION_ORIGIN')],
  // Where operators look after sync; the service lets operators and administrators in, and nobody else.
  ['sync', { origin: 'SYNC_ORIGIN', bodyLimitBytes: 64 * KIB }],
]);
/** Everything else below `/v1/` is the catalogue's. */
const catalogue: Rule = { origin: 'CATALOG_ORIGIN', bodyLimitBytes: MIB, bulkBodyLimitBytes: 4 * MIB };

/** An encoded slash, backslash, dot or NUL has no place in this API's paths, and servers disagree about what it means. */
const AMBIGUOUS = /%(?:2f|5c|2e|00)|\\/i;

/**
 * Which origin answers `path` (already normalised by the URL parser). What is not listed here does not exist from outside: above all
 * `/sync/`, which only the border links reach.
 */
export function routeOf(path: string): Route | undefined {
  if (AMBIGUOUS.test(path) || !path.startsWith('/v1/')) return undefined;
  const [, , segment = ''] = path.split('/', 3);
  const { origin, bodyLimitBytes, bulkBodyLimitBytes } = rules.get(segment) ?? catalogue;
  if (bulkBodyLimitBytes === undefined || !/\/(bulk|import|export)$/.test(path)) return { origin, bodyLimitBytes, patience: 'ordinary' };
  return { origin, bodyLimitBytes: bulkBodyLimitBytes, patience: 'bulk' };
}
