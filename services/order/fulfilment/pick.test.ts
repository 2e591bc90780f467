import { expect, test } from 'vitest';

import type { OrderLineRow } from '../orders/orders.repository.ts';
import { pickLines } from './pick.ts';

test.each([
  [0, 'No unit of MUG can still come back.'],
  [1, 'Only 1 unit of MUG can still come back.'],
  [2, 'Only 2 units of MUG can still come back.'],
])('of more units than %i it says how many there are, in English', (most, detail) => {
  const mug: Pick<OrderLineRow, 'line' | 'product_id' | 'sku'> = { line: 1, product_id: 'mug', sku: 'MUG' };
  const pick = () => pickLines([mug], [{ productId: 'mug', quantity: most + 1 }], () => most, 'come back');
  expect(pick).toThrow(expect.objectContaining({ extras: { detail } }));
});
