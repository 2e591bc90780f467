import { expect, test } from 'vitest';

import { mapAtMost } from './concurrency.ts';

test('maps in the order of the list, no more at the same time than it may', async () => {
  let running = 0;
  let most = 0;
  const results = await mapAtMost(3, [5, 1, 4, 2, 3, 0], async (item) => {
    most = Math.max(most, (running += 1));
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30, 0]);
  expect(most).toBe(3);
});

test('throws the first failure, and begins nothing new then', async () => {
  const begun: number[] = [];
  const failing = mapAtMost(2, [0, 1, 2, 3, 4, 5], async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('one');
    return item;
  });
  await expect(failing).rejects.toThrow('one');
  expect(begun.length).toBeLessThan(6);
});
