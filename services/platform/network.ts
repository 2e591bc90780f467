import { isIPv6 } from 'node:net';

/**
 * What one client is counted by: an IPv4 address, or the 64 bits of an IPv6 address that a household has to itself (RFC 6177): with the other 64 it could be a
 * new client with every request. What is neither is counted as it is. Pure.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  // An IPv4 address in the clothes of IPv6 (RFC 4291, section 2.5.5.2).
  if (canonical.startsWith('::ffff:')) return canonical;
  const [head = '', tail = ''] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = canonical.includes('::') ? 8 - groups.length - after.length : 0;
  return `${[...groups, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4).join(':')}::/64`;
}

/** The site that a network of IPv6 is a part of: the 48 bits of which a customer is given all 65,536 networks at most (RFC 6177). Undefined of what is no such network. Pure. */
export const siteOf = (network: string): string | undefined =>
  network.endsWith('::/64') ? `${network.slice(0, -'::/64'.length).split(':').slice(0, 3).join(':')}::/48` : undefined;
