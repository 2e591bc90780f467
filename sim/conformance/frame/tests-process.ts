import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { checkoutDir } from '#sim/paths.ts';

export interface TestsProcess {
  /** Folders of cases; the tests of others stay out. */
  readonly cases: readonly string[];
  readonly reportFile: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the tests, and whatever they have started in their process group. */
  readonly interrupted: AbortSignal;
}

const GRACE_MS = 20_000;

/**
 * Runs the project `conformance` in a process group of its own, shows its progress, and resolves with vitest's exit code when all of
 * the group is gone. What became of each test stands in the report.
 */
export async function startTests({ cases, reportFile, env, interrupted }: TestsProcess): Promise<number | null> {
  interrupted.throwIfAborted();
  const args = [
    join(checkoutDir, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project=conformance',
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...cases,
  ];
  const child = spawn(process.execPath, args, {
    cwd: checkoutDir,
    // A Ctrl-C of the terminal would else reach tests and components at once, and nobody would be left to stop a container.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) },
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  };
  let patience: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup('SIGTERM');
    patience = setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
  };
  interrupted.addEventListener('abort', stop, { once: true });
  await once(child, 'close');
  clearTimeout(patience);
  interrupted.removeEventListener('abort', stop);
  // Stand-ins of a test process that crashed.
  signalGroup('SIGKILL');
  return child.exitCode;
}
