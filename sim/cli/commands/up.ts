import { ensureBundles } from '../../packages/bundles.ts';
import type { TwinPaths, TwinState } from '../../supervisor/state.ts';
import { regions } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, fetchState, findSupervisor, survivors } from '../control-client.ts';
import { CommandFailure } from '../failure.ts';
import { note, print, printJson } from '../screen.ts';
import { requireFolder } from '../sim-folder.ts';
import { endSurvivors, stopTwin, wipe } from './down.ts';
import { attachmentsOf, optionsOf, requireOwnOptions, requireSame, requireStartable, upAgain, type UpOptions } from './up-options.ts';
import { startSupervisor, waitUntilReady } from './up-start.ts';
import { showUp, showUpAlready } from './up-table.ts';

/** Brings the twin up, or says that it is. */
export async function up(config: CliConfig, options: UpOptions): Promise<void> {
  const { paths } = config;
  requireOwnOptions(config, options);
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
  let state = await waitUntilReady(paths, supervisor, config, upAgain(options));
  if (options.snapshot !== undefined) state = await loadInto(paths, options.snapshot);
  await finish(config, state, options, showUp);
}

/** An empty twin is up by now: loading is what it is for one that is full. */
async function loadInto(paths: TwinPaths, name: string): Promise<TwinState> {
  const supervisor = findSupervisor(paths);
  if (supervisor === undefined) throw new CommandFailure('the supervisor has ended', 'npm run sim:logs -- supervisor');
  note(`  loading the snapshot ${name}`);
  await askSupervisor(supervisor, 'POST', '/snapshots/load', { name });
  return fetchState(supervisor);
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
