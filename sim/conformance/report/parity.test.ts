import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { checkoutDir } from '#sim/paths.ts';
import { components } from '../behaviours/index.ts';
import { parityPage } from './parity.ts';
import { engineText } from './versions.ts';

it('docs/parity.md is what the behaviours say: npm run conformance -- --write', async () => {
  const committed = await readFile(join(checkoutDir, 'docs/parity.md'), 'utf8');
  expect(committed).toBe(parityPage(components, engineText));
});

it('every component has a name of its own, and every behaviour says in a sentence what it is', () => {
  const names = components.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, behaviours } of components) {
    for (const [id, { says }] of Object.entries(behaviours)) {
      expect(says, `${name}.${id}`).toMatch(/^[A-Z0-9][^|]*\.$/);
    }
  }
});
