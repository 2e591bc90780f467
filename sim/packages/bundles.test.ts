import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkoutDir } from '../paths.ts';
import { bundled as packages } from './bundle.ts';
import { bundleArguments, ensureBundles } from './bundles.ts';

const run = promisify(execFile);
const names = Object.entries(packages).flatMap(([name, { paths }]) => paths.map((path) => `${name}${path}`));
/** What a process finds under the names, whether two of them know the same formats. */
const script = `
const { createRequire } = await import('node:module');
const require = createRequire(process.cwd() + '/x.js');
// It needs the other one, which is among the bundles.
require(process.cwd() + '/node_modules/@alicloud/openapi-core');
const theirs = Object.keys(require.cache).filter((file) => file.includes('/@alicloud/credentials/')).length;
const found = {};
for (const name of ${JSON.stringify(names)}) {
  const exported = await import(name);
  // The mark of a compiler, which a bundle does not keep.
  const kinds = Object.keys(exported).filter((key) => key !== '__esModule').sort().map((key) => key + ' ' + typeof exported[key]);
  found[name] = [...kinds, ...Object.keys(exported.default ?? {}).sort().map((key) => 'default.' + key)];
}
const { Type } = await import('typebox');
const { Value } = await import('typebox/value');
const { default: Format } = await import('typebox/format');
Format.Set('odd', (text) => text.length % 2 === 1);
const checks = ['a', 'aa'].map((text) => Value.Check(Type.String({ format: 'odd' }), text));
console.log(JSON.stringify({ found, checks, resolved: import.meta.resolve('typebox/value'), theirs }));
`;

async function seenWith(
  args: readonly string[],
): Promise<{ found: Record<string, string[]>; checks: boolean[]; resolved: string; theirs: number }> {
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
  // What packages need of each other stays where they find it.
  expect(bundled.theirs).toBeGreaterThan(0);
  expect(bundled.theirs).toBe(plain.theirs);
});
