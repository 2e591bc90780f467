import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { entityPolicies } from '#contracts/sync-policy.ts';

import { residencyPage } from './page.ts';

const help = `node services/sync/residency/main.ts [--check]

Writes docs/residency.md from the policies. With --check it writes nothing, and fails where the page is out of date.
`;

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg !== '--check')) {
    process.stdout.write(help);
    return args.includes('--help') ? 0 : 2;
  }
  const file = join(dirname(fileURLToPath(import.meta.url)), '../../../docs/residency.md');
  const page = residencyPage(entityPolicies);
  if (!args.includes('--check')) {
    await writeFile(file, page);
    return 0;
  }
  if ((await readFile(file, 'utf8').catch(() => '')) === page) return 0;
  process.stderr.write('docs/residency.md is not what the policies say\n');
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
