import { sharedBits, type Address, type Prefix } from './address.ts';

export interface CountryPrefix extends Prefix {
  readonly country: string;
}

export interface Located {
  /** undefined: in none of the known blocks. */
  readonly country: string | undefined;
  /** The shortest prefix of the address in which everybody is in the same place, as RFC 7871 (7.2.1) wants it for SCOPE PREFIX-LENGTH. */
  readonly scopeBits: number;
}

/** Where an address is, by blocks that do not overlap. */
export function locate(address: Address, prefixes: readonly CountryPrefix[]): Located {
  let scopeBits = 0;
  for (const prefix of prefixes) {
    if (prefix.address.length !== address.length) continue;
    const shared = sharedBits(address, prefix.address);
    if (shared >= prefix.bits) return { country: prefix.country, scopeBits: prefix.bits };
    scopeBits = Math.max(scopeBits, shared + 1);
  }
  return { country: undefined, scopeBits };
}

/** Two blocks of which one holds the other; undefined when none do. */
export function overlapping(prefixes: readonly CountryPrefix[]): readonly [CountryPrefix, CountryPrefix] | undefined {
  for (const [index, a] of prefixes.entries()) {
    const b = prefixes
      .slice(index + 1)
      .find((other) => other.address.length === a.address.length && sharedBits(a.address, other.address) >= Math.min(a.bits, other.bits));
    if (b !== undefined) return [a, b];
  }
  return undefined;
}
