import { expect, test } from 'vitest';

import { measured, unmeasured } from './compression.ts';
import { answeredBy, isByColumn, notRead, unknownPeer } from './layout.ts';

const slow = measured(unmeasured, 128 * 1024, 725, 0);
const TEN_MINUTES_MS = 600_000;

test('items go by column over a slow wire to a peer that said it reads 1.2, and to no other', () => {
  expect(isByColumn(unknownPeer, slow, 0)).toBe(false);
  expect(isByColumn(answeredBy(unknownPeer, undefined), slow, 0)).toBe(false);
  expect(isByColumn(answeredBy(unknownPeer, '1.1'), slow, 0)).toBe(false);
  expect(isByColumn(answeredBy(unknownPeer, '2.0'), slow, 0)).toBe(false);
  expect(isByColumn(answeredBy(unknownPeer, '1.2'), slow, 0)).toBe(true);
  expect(isByColumn(answeredBy(unknownPeer, '1.10'), slow, 0)).toBe(true);
  expect(isByColumn(answeredBy(unknownPeer, '1.2'), unmeasured, 0)).toBe(false);
});

test('what a node of an earlier version could not read goes by item for a while, whatever its neighbours say', () => {
  const refused = answeredBy(notRead(answeredBy(unknownPeer, '1.2'), 1_000), '1.2');
  expect(isByColumn(refused, slow, 1_000 + TEN_MINUTES_MS - 1)).toBe(false);
  expect(isByColumn(refused, slow, 1_000 + TEN_MINUTES_MS)).toBe(true);
});
