import fc from 'fast-check';
import { expect, test } from 'vitest';

import { isMasked, parseAddress, parsePrefix, sharedBits, type Address } from './address.ts';
import { readClientSubnet, writeClientSubnet } from './client-subnet.ts';
import { locate, overlapping, type CountryPrefix } from './countries.ts';

const prefix = (text: string, country = 'CN'): CountryPrefix => ({ ...parsePrefix(text)!, country });
const octets = (length: number): fc.Arbitrary<Address> => fc.uint8Array({ minLength: length, maxLength: length });

/** The octets with everything beyond `bits` cleared, and that filled with `fill` instead. */
function masked(address: Address, bits: number, fill: Address = new Uint8Array(address.length)): Address {
  return address.map((octet, index) => {
    const mask = 0xff >> Math.min(Math.max(bits - index * 8, 0), 8);
    return (octet & ~mask & 0xff) | (fill[index]! & mask);
  });
}

const textOf = (address: Address): string =>
  address.length === 4
    ? address.join('.')
    : Array.from({ length: 8 }, (_, index) => ((address[index * 2]! << 8) | address[index * 2 + 1]!).toString(16)).join(':');

test('reads addresses of both families as they are written, and refuses what is none', () => {
  fc.assert(
    fc.property(octets(4), (address) => {
      expect(parseAddress(textOf(address))).toEqual(address);
    }),
  );
  fc.assert(
    fc.property(octets(16), (address) => {
      fc.pre(!textOf(address).startsWith('0:0:0:0:0:ffff:'));
      expect(parseAddress(textOf(address))).toEqual(address);
    }),
  );
  expect(parseAddress('::1')).toEqual(Uint8Array.from([...Array.from({ length: 15 }, () => 0), 1]));
  expect(parseAddress('2400:3200::1')?.slice(0, 4)).toEqual(Uint8Array.from([0x24, 0, 0x32, 0]));
  expect(parseAddress('::ffff:1.2.3.4')).toEqual(Uint8Array.from([1, 2, 3, 4]));
  for (const text of ['', '1.2.3', '1.2.3.256', 'fe80::1%lo', 'localhost']) expect(parseAddress(text), text).toBeUndefined();
  for (const text of ['1.2.3.4', '1.2.3.4/33', '1.2.3.4/24', '1.2.3.0/24/8', '::/129', '1.2.3.0/'])
    expect(parsePrefix(text), text).toBeUndefined();
});

test('the scope is a network in which everybody gets the same answer, and the widest such', () => {
  const sample = ['1.80.0.0/12', '14.16.0.0/12', '36.128.0.0/10', '39.96.0.0/13', '114.114.114.0/24', '240e::/20', '2400:3200::/32'].map(
    (text) => prefix(text),
  );
  const near = fc
    .tuple(fc.constantFrom(...sample), octets(16), fc.nat(128))
    .map(([{ address, bits }, random, from]) => masked(address, Math.min(from, bits + 4), random.slice(0, address.length)));
  fc.assert(
    fc.property(fc.oneof(octets(4), octets(16), near), octets(16), (address, random) => {
      const { country, scopeBits } = locate(address, sample);
      const inside = masked(address, scopeBits, random.slice(0, address.length));
      expect(locate(inside, sample)).toEqual({ country, scopeBits });
      if (scopeBits === 0) return;
      // One bit wider, and somebody is elsewhere: the nearest block's own network, or the block's neighbour.
      const wider = sample.filter((other) => other.address.length === address.length).map((other) => other.address);
      const flipped = address.map((octet, index) => (index === (scopeBits - 1) >> 3 ? octet ^ (0x80 >> ((scopeBits - 1) & 7)) : octet));
      const others = [...wider.filter((other) => sharedBits(other, address) === scopeBits - 1), masked(flipped, scopeBits)];
      expect(others.some((other) => locate(other, sample).country !== country)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('blocks of which one holds the other are found', () => {
  expect(overlapping([prefix('1.0.0.0/8'), prefix('2.0.0.0/8'), prefix('::/0')])).toBeUndefined();
  expect(overlapping([prefix('1.0.0.0/8'), prefix('2.0.0.0/8'), prefix('1.2.0.0/16')])?.map(({ text }) => text)).toEqual([
    '1.0.0.0/8',
    '1.2.0.0/16',
  ]);
});

test("a client subnet comes back as it was, with the answer's scope", () => {
  const families = fc.constantFrom([1, 4] as const, [2, 16] as const);
  fc.assert(
    fc.property(families, octets(16), fc.nat(128), fc.nat(128), ([family, length], random, source, scopeBits) => {
      const sourceBits = Math.min(source, length * 8);
      const address = masked(random.slice(0, length), sourceBits);
      const option = Buffer.from([0, family, sourceBits, 0, ...address.subarray(0, Math.ceil(sourceBits / 8))]);
      const subnet = readClientSubnet(option);
      expect(subnet).toEqual({ family, sourceBits, address: sourceBits === 0 ? undefined : address });
      option[3] = scopeBits;
      expect(writeClientSubnet(subnet!, scopeBits)).toEqual(option);
    }),
  );
});

test.each([
  ['no header', [0, 1, 24]],
  ['a scope', [0, 1, 24, 24, 114, 114, 114]],
  ['too few octets', [0, 1, 24, 0, 114, 114]],
  ['too many octets', [0, 1, 24, 0, 114, 114, 114, 0]],
  ['bits beyond the source prefix', [0, 1, 23, 0, 114, 114, 115]],
  ['an IPv4 prefix that is too long', [0, 1, 33, 0, 1, 2, 3, 4, 0]],
  ['an IPv6 prefix that is too long', [0, 2, 129, 0, ...Array.from({ length: 17 }, () => 0)]],
  ['a family that does not exist', [0, 3, 0, 0]],
  ['no family, and yet an address', [0, 0, 8, 0, 1]],
])('a client subnet with %s is refused', (_what, data) => {
  expect(readClientSubnet(Buffer.from(data))).toBeUndefined();
  expect(isMasked(Uint8Array.from([1]), 8)).toBe(true);
});
