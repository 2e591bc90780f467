import type { Origin } from '../front-flags.ts';

const MIB = 1024 * 1024;

interface Api {
  readonly origin: Origin;
  /** The groups of paths that the service answers, as `/v1/GROUP` and everything below it. */
  readonly groups: readonly string[];
  readonly bodyLimitBytes: number;
}

/** The APIs. The catalogue's groups are whatever no other service has. */
const apis: readonly Api[] = [
  { origin: 'auth', groups: ['auth'], bodyLimitBytes: MIB },
  { origin: 'user', groups: ['users', 'me'], bodyLimitBytes: MIB },
  { origin: 'order', groups: ['carts', 'checkouts', 'orders', 'payments', 'returns', 'invoices'], bodyLimitBytes: MIB },
  {
    origin: 'inventory',
    groups: ['stock', 'reservations', 'receipts', 'transfers', 'counts', 'availability', 'movements'],
    bodyLimitBytes: MIB,
  },
  { origin: 'notification', groups: ['notifications', 'templates'], bodyLimitBytes: MIB },
  { origin: 'sync', groups: ['sync'], bodyLimitBytes: 64 * 1024 },
];

export interface Destination {
  readonly origin: Origin;
  readonly bodyLimitBytes: number;
  /** Whether it is one of those requests that may take long. */
  readonly bulk: boolean;
}

/** Where a path leads that a URL parser has tidied; nowhere what is no part of the public API. */
export function destinationOf(pathname: string): Destination | undefined {
  if (/%(?:2[ef]|5c|00)|\\/i.test(pathname)) return undefined;
  const group = /^\/v1\/([^/]*)/.exec(pathname)?.[1];
  if (group === undefined) return undefined;
  const api = apis.find(({ groups }) => groups.includes(group));
  if (api !== undefined) return { origin: api.origin, bodyLimitBytes: api.bodyLimitBytes, bulk: false };
  const bulk = /\/(bulk|import|export)$/.test(pathname);
  return { origin: 'catalog', bodyLimitBytes: bulk ? 4 * MIB : MIB, bulk };
}
