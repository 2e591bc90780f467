import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { entityPolicies } from '#contracts/sync-policy.ts';

import { residencyPage } from './page.ts';

test('docs/residency.md is what the policies say', async () => {
  expect(await readFile(join(import.meta.dirname, '../../../docs/residency.md'), 'utf8')).toBe(residencyPage(entityPolicies));
});
