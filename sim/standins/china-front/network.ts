import { isIPv6 } from 'node:net';

const PREFIX_GROUPS = 4;

/** What a client is counted by: its IPv4 address, or the /64 that its IPv6 address is of, since it has all addresses of that. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  const { hostname } = new URL(`http://[${address}]/`);
  const written = hostname.replace(/[[\]]/g, '');
  if (written.startsWith('::ffff:')) return written;
  const [front = '', back = ''] = written.split('::');
  const groups = front.split(':').filter((group) => group !== '');
  const last = back.split(':').filter((group) => group !== '');
  while (written.includes('::') && groups.length + last.length < 8) groups.push('0');
  return [...groups, ...last].slice(0, PREFIX_GROUPS).join(':');
}
