/**
 * What one client is counted by: an IPv4 address, or the 64 bits of an IPv6 address that a household has to itself (RFC 6177): with the other 64 it could be a new
 * client with every request. The services count so, too. What is neither is counted as it is. Pure.
 */
export function networkOf(address: string): string {
  const url = /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address) ? `http://[${address}]` : '';
  if (!URL.canParse(url)) return address;
  // In its one spelling, with at most one run of zeros left out.
  const canonical = new URL(url).hostname.slice(1, -1);
  // An IPv4 address in the clothes of IPv6 (RFC 4291, section 2.5.5.2) is one client.
  if (canonical.startsWith('::ffff:')) return canonical;
  const [head = [], tail] = canonical.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - head.length - tail.length }, () => '0');
  return `${[...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(':')}::/64`;
}
