import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import { cacheDir, checkoutDir } from '../../paths.ts';
import { outsideFolder } from '../../postgres/identity.ts';
import { removePostgresData } from '../../postgres/index.ts';
import { stopProcesses } from '../../supervisor/stop.ts';
import { isAlive } from '../../supervisor/process-identity.ts';
import { endStrays } from '../../supervisor/strays.ts';
import { readState, type SupervisorAddress, type TwinPaths } from '../../supervisor/state.ts';
import { regions } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, fetchState, findSupervisor, NoAnswer, survivors } from '../control-client.ts';
import { note, print, printJson } from '../screen.ts';
import { holdsTwin, requireFolder } from '../sim-folder.ts';

/** Takes the twin down, whatever state it is in. */
export async function down(config: CliConfig, options: { readonly wipe?: true; readonly json?: true }): Promise<void> {
  const held = existsSync(config.paths.state);
  const stopped = await stopTwin(config.paths, options.json === true ? () => undefined : note);
  if (options.wipe === true) await wipe(config.paths);
  if (options.json === true) return printJson({ stopped, wiped: options.wipe === true });
  const data = !held ? 'there is no data' : options.wipe === true ? 'its data is removed' : 'its data is kept (--wipe removes it)';
  print(`${stopped ? 'The twin is down' : 'The twin was not up'}; ${data}.`);
}

/** Stops the twin by its supervisor, or by what is written down when that is gone. Says whether there was anything to stop. */
export async function stopTwin(paths: TwinPaths, say: (text: string) => void): Promise<boolean> {
  const supervisor = findSupervisor(paths);
  if (supervisor !== undefined) {
    const outcome = await askToStop(supervisor);
    if (outcome !== 'stopped') say(`The supervisor did not stop in good order (${outcome.reason}); ending what is left.`);
    const waits = outcome === 'stopped' || outcome.answers ? 200 : 0;
    for (let waited = 0; isAlive(supervisor) && waited < waits; waited += 1) await sleep(25);
  }
  const left = survivors(paths) > 0;
  if (left && supervisor === undefined) say('The supervisor is gone; ending the processes that it left behind.');
  await endSurvivors(paths);
  return supervisor !== undefined || left;
}

/** How often a supervisor that is stopping is asked whether it still answers. */
const ASK_EVERY_MS = 1_000;

/** Has the supervisor stop, which may take its time, for as long as it answers: one that stands still would take all of it. */
async function askToStop(supervisor: SupervisorAddress): Promise<'stopped' | { readonly reason: string; readonly answers: boolean }> {
  const ended = new AbortController();
  const asked = askSupervisor(supervisor, 'POST', '/stop').then(
    () => 'stopped' as const,
    (error: unknown) => ({ reason: error instanceof Error ? error.message : String(error), answers: true }),
  );
  try {
    return await Promise.race([asked, silence(supervisor, ended.signal)]);
  } finally {
    ended.abort();
  }
}

/** Resolves when the supervisor has let one question wait for too long. One that is gone refuses it, and that is no silence. */
async function silence(supervisor: SupervisorAddress, ended: AbortSignal): Promise<{ readonly reason: string; readonly answers: false }> {
  for (;;) {
    const failure = await fetchState(supervisor).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure instanceof NoAnswer) return { reason: failure.message, answers: false };
    await sleep(ASK_EVERY_MS, undefined, { signal: ended });
  }
}

/** Ends every process that the last supervisor wrote down and that still runs, and the supervisor itself. */
export async function endSurvivors(paths: TwinPaths): Promise<void> {
  const state = readState(paths);
  if (state === undefined) return endStrays(paths);
  const left = survivors(paths) > 0;
  if (isAlive(state.supervisor)) process.kill(state.supervisor.pid, 'SIGKILL');
  await stopProcesses(state.processes, state.marker);
  // A supervisor that stops by itself has done so; later, proxies of these names may be another twin's.
  const toxiproxy = left && state.attached['toxiproxy'] !== undefined ? state.addresses['toxiproxy'] : undefined;
  if (toxiproxy !== undefined) await (await import('../../attach/attach.ts')).removeProxies(toxiproxy);
  if (state.mode === 'docker') await (await import('../../docker/compose.ts')).composeDown(paths.simDir, { volumes: false });
  await rm(paths.supervisor, { force: true });
}

/** Removes everything that a stopped twin keeps. Throws CommandFailure where a file stands in place of its folder. */
export async function wipe(paths: TwinPaths): Promise<void> {
  requireFolder(paths);
  if (!holdsTwin(paths)) return;
  // Only a twin that has been in Docker has this password, and volumes that go with it.
  if (existsSync(paths.docker)) await (await import('../../docker/compose.ts')).composeDown(paths.simDir, { volumes: true });
  await Promise.all(regions.map((region) => removePostgresData(paths.postgres(region))));
  await rm(outsideFolder(dirname(paths.postgres('world'))), { recursive: true, force: true });
  // Programs and template lie outside as well where the checkout cannot be reached: nobody would find them there later. They are the checkout's, and
  // go with its own twin alone: others may be running from them.
  if (paths.simDir === join(checkoutDir, '.sim')) await rm(outsideFolder(join(cacheDir, 'postgres')), { recursive: true, force: true });
  await rm(paths.simDir, { recursive: true, force: true });
}
