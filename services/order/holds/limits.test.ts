import { describe, expect, it } from 'vitest';

import { decideHold, holderKeyOf, holderOf, type HoldLimits } from './limits.ts';

const limits: HoldLimits = { client: { orders: 2, units: 10 }, account: { orders: 3, units: 0 } };
const guest = { accountId: null, tokenHash: Buffer.from('guest') };
const key = holderKeyOf('a secret of the service');
const digestOf = (address: string, by = key): string | undefined => holderOf(guest, address, limits, by)?.digest.toString('hex');

describe('a share', () => {
  it('is a guest’s network’s, whichever cart it is, and an account’s, wherever it calls from', () => {
    expect(digestOf('2001:db8:1:2::a')).toBe(digestOf('2001:db8:1:2:3::b'));
    expect(new Set(['192.0.2.1', '192.0.2.2', '2001:db8:1:2::a'].map((address) => digestOf(address))).size).toBe(3);
    const ada = holderOf({ accountId: 'ada', tokenHash: null }, '192.0.2.1', limits, key);
    expect(ada).toEqual(holderOf({ accountId: 'ada', tokenHash: guest.tokenHash }, '192.0.2.2', limits, key));
    expect(ada?.limit).toBe(limits.account);
    expect(ada?.digest.toString('hex')).not.toBe(digestOf('ada'));
  });

  it('is nobody’s where nothing is bounded', () => {
    expect(holderOf(guest, '192.0.2.1', { ...limits, client: { orders: 0, units: 0 } }, key)).toBeUndefined();
  });

  it('is kept under a digest that nobody makes of an address without the secret', () => {
    expect(digestOf('192.0.2.1')).toBe(digestOf('192.0.2.1', holderKeyOf('a secret of the service')));
    expect(digestOf('192.0.2.1')).not.toBe(digestOf('192.0.2.1', holderKeyOf('another secret')));
  });

  it.each([
    [{ orders: 2, units: 10 }, 0, 0, 10, 'granted'],
    [{ orders: 2, units: 10 }, 0, 0, 11, 'beyond'],
    [{ orders: 2, units: 10 }, 1, 4, 6, 'granted'],
    [{ orders: 2, units: 10 }, 1, 4, 7, 'wait'],
    [{ orders: 2, units: 10 }, 2, 2, 1, 'wait'],
    [{ orders: 2, units: 10 }, 2, 2, 11, 'beyond'],
    [{ orders: 0, units: 10 }, 9, 9, 1, 'granted'],
    [{ orders: 2, units: 0 }, 1, 999, 999, 'granted'],
  ] as const)('of %o, with %i orders of %i units held, and %i units more: %s', (limit, orders, units, more, decision) => {
    expect(decideHold(limit, { orders, units, secondsLeft: 1 }, more)).toBe(decision);
  });
});
