import { randomUUID } from 'node:crypto';

import type { Scene } from './scene.ts';

/** An order of 4 of one product and 2 of another, of which there are 10 each, allocated. */
export async function allocated({ offered, product }: Scene): Promise<{ order: string; a: string; b: string }> {
  const [order, a, b] = [randomUUID(), await product(10), await product(10)];
  await offered.reserve(order, [
    [a, 4],
    [b, 2],
  ]);
  await offered.allocate(order);
  return { order, a, b };
}
