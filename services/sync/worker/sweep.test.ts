import { expect, test } from 'vitest';

import { createSweep } from './sweep.ts';

test('a step of a sweep that fails keeps none of the others from their turn, and is told', async () => {
  const done: string[] = [];
  const sweep = createSweep([
    async () => done.push('first'),
    async () => Promise.reject(new Error('second')),
    async () => Promise.reject(new Error('third')),
    async () => done.push('fourth'),
  ]);
  await expect(sweep()).rejects.toThrow('second');
  expect(done).toEqual(['first', 'fourth']);
});
