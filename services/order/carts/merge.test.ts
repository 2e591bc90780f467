import fc from 'fast-check';
import { expect, it } from 'vitest';

import { CART_LINES_LIMIT, LINE_QUANTITY_LIMIT } from '#contracts/cart.ts';

import { addUpLines, mergeLines } from './merge.ts';

const line = (productId: string, quantity: number) => ({ productId, quantity });
const carts = fc.uniqueArray(
  fc.record({ productId: fc.integer({ min: 0, max: 150 }).map(String), quantity: fc.integer({ min: 1, max: 999 }) }),
  {
    selector: ({ productId }) => productId,
    maxLength: CART_LINES_LIMIT,
  },
);

it('lines of one product are one, at the place of the first', () => {
  expect(addUpLines([line('a', 1), line('b', 2), line('a', 3)])).toEqual([line('a', 4), line('b', 2)]);
});

it('whatever two carts hold, they become one that a cart may be, with all of the kept one in it', () => {
  fc.assert(
    fc.property(carts, carts, (kept, added) => {
      const merged = mergeLines(kept, added);
      expect(merged.length).toBeLessThanOrEqual(CART_LINES_LIMIT);
      expect(new Set(merged.map(({ productId }) => productId)).size).toBe(merged.length);
      for (const { productId, quantity } of merged) {
        const sum = [...kept, ...added].filter((one) => one.productId === productId).reduce((all, one) => all + one.quantity, 0);
        expect(quantity).toBe(Math.min(sum, LINE_QUANTITY_LIMIT));
      }
      expect(merged.slice(0, kept.length).map(({ productId }) => productId)).toEqual(kept.map(({ productId }) => productId));
    }),
  );
});
