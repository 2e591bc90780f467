import { httpUrl, readFlags, UsageError, wholeNumber } from './child.ts';

/** The services behind a front. Of sync that is where it is operated; its `/sync/` side is the peer's alone. */
export const origins = ['auth', 'user', 'catalog', 'inventory', 'order', 'notification', 'sync'] as const;
export type Origin = (typeof origins)[number];

export interface FrontFlags {
  readonly port: number;
  readonly urls: ReadonlyMap<Origin, string>;
  readonly rateLimit: number;
  readonly ratePeriodSeconds: 10 | 60;
  readonly timeoutMs: number;
  readonly bulkTimeoutMs: number;
  /** The header in which requests say where they come from, for tests of addresses that this machine has not; else it is their connection's. */
  readonly clientAddressHeader: string | undefined;
}

const text = { type: 'string' } as const;
const urlFlags: Readonly<Record<`${Origin}-url`, typeof text>> = {
  'auth-url': text,
  'user-url': text,
  'catalog-url': text,
  'inventory-url': text,
  'order-url': text,
  'notification-url': text,
  'sync-url': text,
};

/**
 * The flags that both fronts take. The rate limit is high because one address is everybody on this machine: an import and a load test at
 * once must not meet it. Its periods are those that Cloudflare's binding knows.
 */
export function readFrontFlags(args: string[]): FrontFlags {
  const flags = readFlags(
    {
      ...urlFlags,
      port: { type: 'string', default: '0' },
      'rate-limit': { type: 'string', default: '60000' },
      'rate-period': { type: 'string', default: '60' },
      'timeout-ms': { type: 'string', default: '15000' },
      'bulk-timeout-ms': { type: 'string', default: '30000' },
      'client-address-header': text,
    },
    args,
  );
  return {
    port: wholeNumber('port', flags.port, 0, 65_535),
    urls: new Map(origins.map((origin) => [origin, httpUrl(`${origin}-url`, flags[`${origin}-url`])])),
    rateLimit: wholeNumber('rate-limit', flags['rate-limit'], 1, 1_000_000_000),
    ratePeriodSeconds: ratePeriod(flags['rate-period']),
    timeoutMs: wholeNumber('timeout-ms', flags['timeout-ms'], 1, 600_000),
    bulkTimeoutMs: wholeNumber('bulk-timeout-ms', flags['bulk-timeout-ms'], 1, 600_000),
    clientAddressHeader: flags['client-address-header'],
  };
}

function ratePeriod(text: string): 10 | 60 {
  if (text === '10') return 10;
  if (text === '60') return 60;
  throw new UsageError(`--rate-period must be 10 or 60 seconds, not "${text}"`);
}
