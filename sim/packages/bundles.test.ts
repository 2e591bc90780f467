import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkoutDir } from '../paths.ts';
import { bundleArguments, ensureBundles } from './bundles.ts';

const run = promisify(execFile);
const names = ['typebox', 'typebox/value', 'typebox/compile', 'typebox/format', 'kysely'];
/** What a process finds under the names, whether two of them know the same formats. */
const script = `
const found = {};
for (const name of ${JSON.stringify(names)}) found[name] = Object.keys(await import(name)).sort();
const { Type } = await import('typebox');
const { Value } = await import('typebox/value');
const { default: Format } = await import('typebox/format');
Format.Set('odd', (text) => text.length % 2 === 1);
const checks = ['a', 'aa'].map((text) => Value.Check(Type.String({ format: 'odd' }), text));
console.log(JSON.stringify({ found, checks, resolved: import.meta.resolve('typebox/value') }));
`;

async function seenWith(args: readonly string[]): Promise<{ found: Record<string, string[]>; checks: boolean[]; resolved: string }> {
  const { stdout } = await run(process.execPath, [...args, '--input-type=module', '--eval', script], { cwd: checkoutDir });
  return JSON.parse(stdout);
}

it('bundles hold what the packages hold, each thing once, and are found under their names', async () => {
  await ensureBundles();
  const [plain, bundled] = await Promise.all([seenWith([]), seenWith(bundleArguments())]);
  expect(bundled.found).toEqual(plain.found);
  expect(bundled.found['kysely']?.length).toBeGreaterThan(100);
  expect([plain.checks, bundled.checks]).toEqual([
    [true, false],
    [true, false],
  ]);
  expect(bundled.resolved).toContain('/.cache/packages/');
  expect(plain.resolved).toContain('/node_modules/typebox/');
});
