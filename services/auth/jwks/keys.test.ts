import { expect, it } from 'vitest';

import { signingKey } from '../testing/scene.ts';
import { publicKeysOf, signingKeyOf } from './keys.ts';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const [old, next, later] = [signingKey('old'), { ...signingKey('next'), signFrom: at(100) }, { ...signingKey('later'), signFrom: at(200) }];

it.each([
  [0, 'old'],
  [99.9, 'old'],
  [100, 'next'],
  [199, 'next'],
  [200, 'later'],
])('at %i s the first key whose time has come signs: %s', (seconds, kid) => {
  expect(signingKeyOf({ keys: [later, next, old] }, seconds * 1000).kid).toBe(kid);
});

it('nothing is signed where no time has come', () => {
  expect(() => signingKeyOf({ keys: [later, next] }, 0)).toThrow('whose time has come');
});

it('all are published, from before they sign, by their public halves', () => {
  const published = publicKeysOf({ keys: [later, old] }).keys;
  expect(published.map(({ kid }) => kid)).toEqual(['later', 'old']);
  expect(Object.keys(published[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
});
