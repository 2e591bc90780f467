import { CommanderError } from 'commander';
import { readConfig } from './config.ts';
import { CommandFailure, UsageFailure } from './failure.ts';
import { createProgram } from './program.ts';

const usageExitCode = 2;

// Whoever reads the output may have enough of it: `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await (await createProgram(readConfig())).parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong and what to do next; returns the exit code. */
function report(error: unknown): number {
  // Commander has printed its message already; help and version are no mistakes.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
  if (error instanceof CommandFailure) {
    process.stderr.write(`sim: ${error.message}\n`);
    if (error.advice !== undefined && error.advice !== '') process.stderr.write(`\n  ${error.advice.replaceAll('\n', '\n  ')}\n`);
    return error instanceof UsageFailure ? usageExitCode : 1;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`sim: unexpected: ${text}\n\n  npm run sim -- doctor   looks for what is wrong with this machine or twin\n`);
  return 1;
}
