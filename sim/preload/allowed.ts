import { isIP } from 'node:net';

/** What a process may reach beside this machine's loopback interface. */
export interface Allowed {
  /** Whether a connection or datagram may go there. A host name that is not on the list is refused before it is looked up. */
  reaches(host: string, port: number): boolean;
  /** Whether a name may be looked up. */
  names(host: string): boolean;
  /** Takes down that a name on the list has this address: whoever looks it up by itself connects to the address. */
  learn(host: string, address: string): void;
}

/** Reads `host:port,[v6]:port`. Throws RangeError naming the entry that is neither. */
export function parseAllowed(text: string): Allowed {
  const ports = new Map<string, Set<number>>();
  const add = (host: string, more: Iterable<number>): void => {
    ports.set(host, new Set([...(ports.get(host) ?? []), ...more]));
  };
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const [, bracketed, plain, port] = /^\s*(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})\s*$/.exec(entry) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined || Number(port) > 65_535) {
      throw new RangeError(`SIM_EGRESS_ALLOW holds "${entry.trim()}"; it must be host:port, or [IPv6]:port, several joined by commas`);
    }
    add(host.toLowerCase(), [Number(port)]);
  }
  return {
    reaches: (host, port) => isLoopback(host) || ports.get(host.toLowerCase())?.has(port) === true,
    names: (host) => isIP(host) !== 0 || isLoopback(host) || ports.has(host.toLowerCase()),
    learn: (host, address) => add(address, ports.get(host.toLowerCase()) ?? []),
  };
}

/**
 * Whether a host is this machine's loopback interface: `localhost`, 127.0.0.0/8, ::1. Not 0.0.0.0 and ::, which lead there on some systems and
 * nowhere on others.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost' || host === '::1') return true;
  const address = host.toLowerCase().startsWith('::ffff:') ? host.slice(7) : host;
  return isIP(address) === 4 && address.startsWith('127.');
}
