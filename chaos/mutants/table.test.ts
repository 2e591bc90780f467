import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { patch } from './mutant.ts';
import { mutants } from './table/index.ts';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

test.each(mutants.map((mutant) => [mutant.id, mutant] as const))('%s fits the file that it is planted in', async (_id, mutant) => {
  expect(patch(await readFile(join(checkout, mutant.file), 'utf8'), mutant)).toHaveProperty('text');
});

test('each bug has an id of its own', () => {
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
});

test('a patch that does not fit exactly once is an error, not a kill', () => {
  expect(patch('a b', { find: 'c', replacement: 'd' })).toEqual({ error: 'the string to replace is not in the file' });
  expect(patch('a a', { find: 'a', replacement: 'd' })).toEqual({ error: 'the string to replace occurs more than once in the file' });
  expect(patch('a b', { find: 'a', replacement: 'a' })).toEqual({ error: 'the replacement changes nothing' });
  expect(patch('a b', { find: 'a', replacement: '$&' })).toEqual({ text: '$& b' });
});
