import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { readAttachments, type Attachments } from '../../attach/attachments.ts';
import { showDuration } from '../../faults/quantities.ts';
import { cacheDir, checkoutDir } from '../../paths.ts';
import { bundleArguments, ensureBundles } from '../../packages/bundles.ts';
import { tailFile } from '../../supervisor/log-file.ts';
import { makeTwinFolders, readState, type TwinPaths, type TwinState } from '../../supervisor/state.ts';
import { regions } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, fetchState, findSupervisor, survivors } from '../control-client.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { note, print, printJson } from '../screen.ts';
import { requireFolder } from '../sim-folder.ts';
import { endSurvivors, stopTwin, wipe } from './down.ts';
import { showUp, showUpAlready } from './up-table.ts';

export interface UpOptions {
  readonly docker?: true;
  readonly embedded?: true;
  readonly region?: 'world';
  readonly split?: true;
  readonly image?: true;
  /** False for `--no-watch`. */
  readonly watch?: boolean;
  readonly fresh?: true;
  readonly snapshot?: string;
  readonly foreground?: true;
  readonly json?: true;
}

const pollMs = 50;

/** Brings the twin up, or says that it is. */
export async function up(config: CliConfig, options: UpOptions): Promise<void> {
  const { paths } = config;
  requireFolder(paths);
  const mode = options.docker === true ? 'docker' : 'embedded';
  const attachments = attachmentsOf(config, options);
  if (options.snapshot !== undefined) await requireStartable(paths, options.snapshot, mode, options);
  if (options.fresh === true) {
    if (findSupervisor(paths) !== undefined) note('Taking down the twin that is up, and removing its data.');
    await stopTwin(paths, note);
    await wipe(paths);
  }
  const running = findSupervisor(paths);
  if (running !== undefined) {
    const state = await fetchState(running);
    const other = (options.docker === true || options.embedded === true) && state.mode !== mode;
    if (other) throw new CommandFailure(`the twin is up already, ${state.mode}`, `npm run sim:down && npm run sim:up -- --${mode}`);
    requireSame(state, options, attachments);
    const alone = options.region === 'world';
    if (alone && state.regions.length > 1)
      throw new CommandFailure('the twin is up already, with both regions', 'npm run sim:down && npm run sim:up -- --region world');
    const missing = alone ? undefined : regions.find((region) => !state.regions.includes(region));
    if (state.phase === 'ready' && missing === undefined) return finish(config, state, options, showUpAlready);
    if (state.phase === 'ready') await askSupervisor(running, 'POST', '/add', { region: missing });
  } else if (survivors(paths) > 0) {
    note('An earlier supervisor was killed; ending what it left behind.');
    await endSurvivors(paths);
  }
  if (running === undefined) await ensureBundles();
  const supervisor = running === undefined ? startSupervisor(paths, optionsOf(mode, options), config.environment) : undefined;
  let state = await waitUntilReady(paths, supervisor, config);
  if (options.snapshot !== undefined) state = await loadInto(paths, options.snapshot);
  await finish(config, state, options, showUp);
}

/** What the environment attaches. Throws UsageFailure where that cannot be. */
function attachmentsOf({ environment }: CliConfig, options: UpOptions): Attachments {
  try {
    const attachments = readAttachments(environment);
    if (attachments.size > 0 && options.image === true) {
      throw new RangeError('--image and attached components do not go together: containers would reach them past the links');
    }
    return attachments;
  } catch (error) {
    throw new UsageFailure(error instanceof Error ? error.message : String(error), 'docs/twin.md says what can be attached, and how');
  }
}

/** Throws where the snapshot is none for this start, before anything is thrown away. */
async function requireStartable(paths: TwinPaths, name: string, mode: string, options: UpOptions): Promise<void> {
  const { manifest } = await (await import('./snapshot.ts')).requireSnapshot(name);
  if (manifest.mode !== mode) {
    const flag = manifest.mode === 'docker' ? '--docker' : '--embedded';
    throw new CommandFailure(
      `the snapshot ${name} was saved from a twin that was ${manifest.mode}`,
      `npm run sim:up -- ${flag} --fresh --snapshot ${name}`,
    );
  }
  if (options.fresh !== true && existsSync(paths.secretsDir)) {
    throw new CommandFailure(
      'the twin has data already',
      `npm run sim:up -- --fresh --snapshot ${name}   throws it away first\nnpm run sim -- snapshot load ${name}       replaces that of a twin that is up`,
    );
  }
}

/** An empty twin is up by now: loading is what it is for one that is full. */
async function loadInto(paths: TwinPaths, name: string): Promise<TwinState> {
  const supervisor = findSupervisor(paths);
  if (supervisor === undefined) throw new CommandFailure('the supervisor has ended', 'npm run sim:logs -- supervisor');
  note(`  loading the snapshot ${name}`);
  await askSupervisor(supervisor, 'POST', '/snapshots/load', { name });
  return fetchState(supervisor);
}

/** Throws CommandFailure where a twin that is up is laid out in another way than is asked for. */
function requireSame(state: TwinState, options: UpOptions, attachments: Attachments): void {
  const other = [...attachments.values()].find(({ component, shown }) => state.attached[component] !== shown);
  if (other !== undefined) {
    throw new CommandFailure(
      `the twin is up already, without ${other.component} from ${other.shown}`,
      'npm run sim:down && npm run sim:up',
    );
  }
  for (const flag of ['split', 'image'] as const) {
    if (options[flag] !== true || state[flag]) continue;
    const mode = state.mode === 'docker' ? ' --docker' : '';
    throw new CommandFailure(`the twin is up already, without --${flag}`, `npm run sim:down && npm run sim:up --${mode} --${flag}`);
  }
}

/** What the supervisor is told of the options. */
function optionsOf(mode: string, options: UpOptions): string[] {
  return [
    ['--mode', mode],
    options.region === undefined ? [] : ['--region', options.region],
    options.split === true ? ['--split'] : [],
    options.image === true ? ['--image'] : [],
    options.watch === false ? ['--no-watch'] : [],
  ].flat();
}

function startSupervisor(paths: TwinPaths, options: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
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

async function waitUntilReady(paths: TwinPaths, child: ChildProcess | undefined, config: CliConfig): Promise<TwinState> {
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
        throw new CommandFailure('interrupted; nothing of the twin is left running', 'npm run sim:up');
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
    const tail = tailFile(paths.log('supervisor'), 15).join('\n');
    return new CommandFailure(`the supervisor ended with code ${child.exitCode}:\n${tail}`, 'npm run sim -- doctor');
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

interface Progress {
  show(state: TwinState, elapsedMs: number): void;
  end(): void;
}

/** On a terminal one line that changes; elsewhere a line for each process that is ready. */
function createProgress(interactive: boolean): Progress {
  let shown = 0;
  return {
    show(state, elapsedMs) {
      if (interactive) {
        const waiting = state.processes.filter((process) => process.state === 'starting').map((process) => process.name);
        const rest = waiting.length > 0 ? `waiting for ${waiting.join(', ')}` : '';
        process.stderr.write(`\r\u001B[K${pc.dim(`${showDuration(Math.floor(elapsedMs / 100) * 100)}  ${rest}`).slice(0, 160)}`);
        return;
      }
      for (const name of state.progress.slice(shown)) note(`  ${name} ready after ${showDuration(elapsedMs)}`);
      shown = state.progress.length;
    },
    end() {
      if (interactive) process.stderr.write('\r\u001B[K');
    },
  };
}

async function finish(config: CliConfig, state: TwinState, options: UpOptions, show: (state: TwinState) => string): Promise<void> {
  if (options.json === true) {
    const { collectStatus } = await import('../../status/collect.ts');
    printJson(await collectStatus(config.paths, state));
  } else {
    print(show(state));
  }
  if (options.foreground === true) await stay(config);
}

async function stay(config: CliConfig): Promise<void> {
  note('\nCtrl-C takes the twin down.\n');
  const { followLogs } = await import('./logs.ts');
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await followLogs(config, [], end.signal);
  note('\nStopping ...');
  await stopTwin(config.paths, note);
}
