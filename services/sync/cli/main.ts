import { join } from 'node:path';

import { CommanderError } from 'commander';

import { CommandFailure, UsageFailure } from './failure.ts';
import { createSyncProgram } from './program.ts';
import { simCaller } from './targets.ts';

const simMain = join(import.meta.dirname, '../../../sim/cli/main.ts');

// A reader that has seen enough (`| head`) ends this quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await createSyncProgram(simCaller(simMain, process.env)).parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong and what to do next; returns the exit code. */
function report(error: unknown): number {
  // Commander has printed its message already; help is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailure) {
    process.stderr.write(`sync: ${error.message}\n`);
    if (error.advice !== undefined) process.stderr.write(`\n  ${error.advice.replaceAll('\n', '\n  ')}\n`);
    return error instanceof UsageFailure ? 2 : 1;
  }
  process.stderr.write(`sync: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
