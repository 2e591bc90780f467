import fc from 'fast-check';
import { expect, it } from 'vitest';

import { networkOf, siteOf } from './network.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['2001:db8::1', '2001:db8:0::/48'],
  ['192.0.2.1', undefined],
  ['::ffff:192.0.2.1', undefined],
  ['unknown', undefined],
])('%s is of the site %s', (address, site) => {
  expect(siteOf(networkOf(address))).toBe(site);
});

it('addresses with the same first 64 bits are one, and others are not', () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  const text = (numbers: readonly number[]) => numbers.map((number) => number.toString(16)).join(':');
  fc.assert(
    fc.property(groups, groups, (one, other) => {
      const isMapped = [one, other].some((numbers) => numbers.slice(0, 5).every((number) => number === 0));
      fc.pre(!isMapped);
      const isSame = text(one.slice(0, 4)) === text(other.slice(0, 4));
      expect(networkOf(text(one)) === networkOf(text(other))).toBe(isSame);
      expect(networkOf(text([...one.slice(0, 4), ...other.slice(4)]))).toBe(networkOf(text(one)));
    }),
  );
});
