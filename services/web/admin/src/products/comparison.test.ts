import { expect, test } from 'vitest';
import { compare, type Sighting } from './comparison.ts';

const price = { amountMinor: 1, currency: 'GBP' };
const at = '2010-12-01T08:26:00.000000Z';

function seen(version: string, origin: string): Sighting {
  const product = {
    id: 'id',
    sku: '1',
    state: 'published',
    name: 'Cup',
    language: 'en',
    description: null,
    categoryId: null,
    price,
    pricedAt: at,
    currentPrice: price,
    variantOf: null,
    updatedAt: at,
    stamp: { version, origin, vector: {} },
    etag: `"${version}-${origin}"`,
  } as const;
  return { kind: 'found', product };
}

const missing: Sighting = { kind: 'missing' };
const asking: Sighting = { kind: 'asking' };
const unreachable: Sighting = { kind: 'unreachable' };

test('equal stamps are in sync; a difference in either half is on its way', () => {
  expect(compare(seen('7', 'world#1'), seen('7', 'world#1'))).toBe('inSync');
  expect(compare(seen('8', 'world#1'), seen('7', 'world#1'))).toBe('onItsWay');
  expect(compare(seen('7', 'world#1'), seen('7', 'china#1'))).toBe('onItsWay');
});

test('a product that only one region has is on its way; one that none has is in sync', () => {
  expect(compare(seen('7', 'world#1'), missing)).toBe('onItsWay');
  expect(compare(missing, missing)).toBe('inSync');
});

test('a region that does not answer outweighs everything', () => {
  for (const other of [seen('7', 'world#1'), missing, asking, unreachable]) {
    expect(compare(unreachable, other)).toBe('notReachable');
    expect(compare(other, unreachable)).toBe('notReachable');
  }
  expect(compare(asking, seen('7', 'world#1'))).toBe('asking');
});
