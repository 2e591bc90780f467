import { bin, print, run } from './run.ts';

const steps = [
  { name: 'format', command: 'oxfmt', args: ['--check', '.'], mend: 'npm run format' },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--config', 'oxlint.config.ts'], mend: 'see the messages above' },
  { name: 'types', command: 'tsc', args: ['-b'], mend: 'see the messages above' },
  { name: 'docs', command: 'node', args: ['services/sync/residency/main.ts', '--check'], mend: 'node services/sync/residency/main.ts' },
  { name: 'unused', command: 'knip', args: ['--no-progress'], mend: 'remove what nothing uses' },
] as const;

if (process.argv.includes('--help')) {
  print(
    'npm run check: format (oxfmt), lint with the dependency rules (oxlint), types (tsc -b), docs/residency.md as the policies say, unused code and dependencies (knip).',
  );
  process.exit(0);
}

let failed = 0;
for (const { name, command, args, mend } of steps) {
  const start = performance.now();
  const { code, output } = await run(bin(command), args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  print(`${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${seconds} s`);
  if (code !== 0) {
    print(output);
    print(`${name}: ${mend}\n`);
    failed += 1;
  }
}
process.exit(failed === 0 ? 0 : 1);
