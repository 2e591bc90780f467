import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleArguments } from '../../packages/bundles.ts';
import { cacheDir, checkoutDir } from '../../paths.ts';
import { tailFile } from '../../supervisor/log-file.ts';
import { makeTwinFolders, readState, type TwinPaths, type TwinState } from '../../supervisor/state.ts';
import type { CliConfig } from '../config.ts';
import { fetchState, findSupervisor } from '../control-client.ts';
import { CommandFailure } from '../failure.ts';
import { note } from '../screen.ts';
import { stopTwin } from './down.ts';
import { createProgress } from './up-progress.ts';

const pollMs = 50;

/** Starts a supervisor that outlives this process; what it writes goes to its log. */
export function startSupervisor(paths: TwinPaths, options: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  makeTwinFolders(paths);
  const log = paths.log('supervisor');
  if (existsSync(log)) renameSync(log, `${log}.1`);
  const output = openSync(log, 'a');
  const child = spawn(
    process.execPath,
    [...bundleArguments(), '--max-semi-space-size=2', join(checkoutDir, 'sim/supervisor/main.ts'), '--sim-dir', paths.simDir, ...options],
    {
      cwd: checkoutDir,
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...environment, NODE_COMPILE_CACHE: join(cacheDir, 'node') },
    },
  );
  closeSync(output);
  child.unref();
  return child;
}

/** Shows how far the twin is until it is ready; `again` is the command that tries once more. Throws CommandFailure where it fails, or after Ctrl-C, when all is stopped again. */
export async function waitUntilReady(
  paths: TwinPaths,
  child: ChildProcess | undefined,
  config: CliConfig,
  again: string,
): Promise<TwinState> {
  const startedMs = performance.now();
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) return;
    interrupted = true;
    note('\nStopping what has been started ...');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const progress = createProgress(config.interactive);
  try {
    for (;;) {
      if (interrupted) {
        await stopInterrupted(paths, child);
        throw new CommandFailure('interrupted; nothing of the twin is left running', again);
      }
      const supervisor = findSupervisor(paths);
      const state = supervisor === undefined ? undefined : await fetchState(supervisor).catch(() => undefined);
      if (state !== undefined) progress.show(state, performance.now() - startedMs);
      if (state?.phase === 'ready') {
        if (state.failure !== null) throw addFailure(state.failure);
        return state;
      }
      if (supervisor === undefined && child !== undefined && hasEnded(child)) throw startFailure(paths, child);
      await sleep(pollMs);
    }
  } finally {
    progress.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopInterrupted(paths: TwinPaths, child: ChildProcess | undefined): Promise<void> {
  if (findSupervisor(paths) === undefined && child !== undefined && !hasEnded(child)) child.kill('SIGTERM');
  await stopTwin(paths, () => undefined);
  while (child !== undefined && !hasEnded(child)) await sleep(pollMs);
}

function startFailure(paths: TwinPaths, child: ChildProcess): CommandFailure {
  const failure = readState(paths)?.failure;
  if (failure === null || failure === undefined) {
    if (child.exitCode === 0) return new CommandFailure('the twin was taken down meanwhile', 'npm run sim:up');
    const tail = tailFile(paths.log('supervisor'), 15).join('\n');
    const said = tail === '' ? ' and wrote nothing: is the disk full?' : `:\n${tail}`;
    return new CommandFailure(`the supervisor ended with code ${child.exitCode}${said}`, 'npm run sim -- doctor');
  }
  const tail = tailFile(failure.logFile, 15).map((line) => `  | ${line}`);
  const message = [`${failure.name} ${failure.reason}`, ...(tail.length > 0 ? [`The end of ${failure.logFile}:`, ...tail] : [])];
  return new CommandFailure(
    `${message.join('\n')}\nEverything else has been stopped.`,
    `npm run sim:logs -- ${failure.name}   shows more\nnpm run sim -- doctor   looks for what is wrong with this machine`,
  );
}

/** China could not be added; what ran before runs on. */
function addFailure({ name, reason, logFile }: NonNullable<TwinState['failure']>): CommandFailure {
  const tail = tailFile(logFile, 15).map((line) => `  | ${line}`);
  return new CommandFailure(
    [`${name} ${reason}`, `The end of ${logFile}:`, ...tail, 'The world runs on alone.'].join('\n'),
    `npm run sim:logs -- ${name}   shows more`,
  );
}
