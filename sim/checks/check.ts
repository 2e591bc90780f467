import { bin, print, run } from './run.ts';

const steps = [
  { name: 'format', command: 'oxfmt', args: ['--check', '.'], mend: 'npm run format' },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--config', 'oxlint.config.ts'], mend: 'see the messages above' },
  { name: 'types', command: 'tsc', args: ['-b'], mend: 'see the messages above' },
  { name: 'docs', command: 'node', args: ['services/sync/residency/main.ts', '--check'], mend: 'node services/sync/residency/main.ts' },
  { name: 'unused', command: 'knip', args: ['--no-progress'], mend: 'remove what nothing uses' },
] as const;

const help = `npm run check: all that can be said of the code without running it, in half a minute. It changes nothing and takes no options; what fails is shown with
what mends it.

  format   every file is formatted (oxfmt); npm run format mends it
  lint     the code, and who may import whom (oxlint)
  types    strict TypeScript (tsc -b)
  docs     docs/residency.md says what the policies say; node services/sync/residency/main.ts mends it
  unused   no code and no dependency that nothing uses (knip)
`;

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  print(help);
  process.exit(0);
}
if (args.length > 0) {
  print(`npm run check takes no arguments, not ${args.join(' ')}`);
  process.exit(2);
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
