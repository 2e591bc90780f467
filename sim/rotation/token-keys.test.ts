import { expect, it } from 'vitest';
import { withNewKey, type TokenKey } from './token-keys.ts';

const MINUTE = 60_000;
const at = (minutes: number): string => new Date(minutes * MINUTE).toISOString();
const rotate = (keys: readonly TokenKey[], kid: string, minutes: number) => withNewKey(keys, { kid }, minutes * MINUTE, 6 * MINUTE);

it('a new key stands first and signs later; the one before signs until then', () => {
  expect(rotate([{ kid: 'a' }], 'b', 100)).toEqual([
    { kid: 'b', signFrom: at(106) },
    { kid: 'a', retiredAt: at(106) },
  ]);
});

it('a key stays published as long as a token of its may live, and no longer', () => {
  const second = rotate(rotate([{ kid: 'a' }], 'b', 100), 'c', 110);
  expect(second.map(({ kid }) => kid)).toEqual(['c', 'b', 'a']);
  expect(rotate(second, 'd', 126.1).map(({ kid }) => kid)).toEqual(['d', 'c', 'b']);
});

it('a key whose time has not come is given up for the next, and the one that signs goes on', () => {
  const keys = rotate(rotate([{ kid: 'a' }], 'b', 100), 'c', 101);
  expect(keys).toEqual([
    { kid: 'c', signFrom: at(107) },
    { kid: 'a', retiredAt: at(107) },
  ]);
});

it('keys of which none signs are not touched', () => {
  expect(() => rotate([{ kid: 'a', signFrom: at(200) }], 'b', 100)).toThrow('no key that signs now');
});
