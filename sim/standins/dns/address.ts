import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as its 4 or 16 octets, in network order. */
export type Address = Uint8Array;

/** A block of addresses. Bits beyond `bits` are zero. */
export interface Prefix {
  /** As it was written: `address/bits`. */
  readonly text: string;
  readonly address: Address;
  readonly bits: number;
}

/** Reads an IPv4 or IPv6 address; an IPv4-mapped one (RFC 4291, 2.5.5.2) is the IPv4 address. undefined when it is neither. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const groups = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  const octets = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
  const mapped = octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 0xff && octets[11] === 0xff;
  return mapped ? octets.slice(12) : octets;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** Reads `address/bits`; undefined when it is no block, or has bits set beyond its length. */
export function parsePrefix(text: string): Prefix | undefined {
  const [host = '', length = ''] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || !/^\d{1,3}$/.test(length) || text.split('/').length !== 2) return undefined;
  const bits = Number(length);
  if (bits > address.length * 8 || !isMasked(address, bits)) return undefined;
  return { text, address, bits };
}

/** Whether no bit is set beyond the first `bits`. */
export function isMasked(address: Address, bits: number): boolean {
  return address.every((octet, index) => {
    const kept = Math.min(Math.max(bits - index * 8, 0), 8);
    return (octet & (0xff >> kept)) === 0;
  });
}

/** How many leading bits two addresses of one family share. */
export function sharedBits(a: Address, b: Address): number {
  for (const [index, octet] of a.entries()) {
    const difference = octet ^ (b[index] ?? 0);
    if (difference !== 0) return index * 8 + Math.clz32(difference) - 24;
  }
  return a.length * 8;
}

export function isLoopback(address: Address): boolean {
  if (address.length === 4) return address[0] === 127;
  return address.every((octet, index) => octet === (index === 15 ? 1 : 0));
}
