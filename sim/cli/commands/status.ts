import pc from 'picocolors';
import { showDuration } from '../../faults/quantities.ts';
import { collectComponents, collectStatus, type TwinStatus } from '../../status/collect.ts';
import { isAlive } from '../../supervisor/process-identity.ts';
import { readState, type TwinState } from '../../supervisor/state.ts';
import type { CliConfig } from '../config.ts';
import { showFaults } from '../faults.ts';
import { findSupervisor, requireTwin, survivors } from '../control-client.ts';
import { showLinks } from '../links.ts';
import { layOut, paintState, print, printJson } from '../screen.ts';
import { showReload } from './status-reload.ts';

/** Shows the twin as it is, also what has died. */
export async function status(config: CliConfig, options: { readonly json?: true }): Promise<void> {
  const { paths } = config;
  if (options.json === true && findSupervisor(paths) === undefined) {
    const left = survivors(paths);
    const recorded = readState(paths);
    printJson({
      mode: recorded?.mode ?? null,
      phase: left > 0 ? 'supervisor gone' : 'down',
      regions: {},
      components: left > 0 && recorded !== undefined ? collectComponents(withTrueStates(recorded)) : {},
      links: {},
      sync: {},
    });
    process.exitCode = 1;
    return;
  }
  const { state } = await requireTwin(paths);
  const found = await collectStatus(paths, state);
  if (options.json === true) printJson(found);
  else print(showStatus(found));
}

/** What a supervisor that was killed has left written down, with what has ended since. */
function withTrueStates(state: TwinState): TwinState {
  const processes = state.processes.map((process) =>
    process.state === 'running' && !isAlive(process) ? { ...process, state: 'exited' as const } : process,
  );
  return { ...state, processes };
}

/** The last comparison of each region with the other one, how far it is and what it did. */
function showReconciles(reconcile: TwinStatus['reconcile']): string[] {
  const rows = Object.entries(reconcile).flatMap(([region, run]) => {
    if (run === null) return [];
    const what = run.fill ? `${region} ${run.state === 'done' ? 'was filled' : 'is being filled'}` : `${region} compared`;
    const where = run.state === 'done' || run.atEntity === null ? '' : `at ${run.atEntity}, pass ${run.pass}`;
    const did = `${run.ownKeys} keys here, ${run.peerKeys} there, ${run.pointed + run.asked} repaired, ${run.inFlight} under way, ${run.findings} for an operator`;
    return [[what, paintState(run.state), did, where, run.reason ?? '']];
  });
  return rows.length === 0 ? [] : ['', pc.bold('Reconciliation'), layOut(rows)];
}

/** How it was asked to be, where it is not as it is by itself. */
function kindsOf({ split, image, secondFactor }: TwinStatus): string[] {
  return [...(split ? ['split'] : []), ...(image ? ['from the image'] : []), ...(secondFactor ? ['staff with a second factor'] : [])];
}

function showStatus(found: TwinStatus): string {
  const runs = new Set(found.runs);
  const isThere = (name: string): boolean =>
    !Object.keys(found.regions).some((region) => name.startsWith(`${region}:`) && !runs.has(region));
  const rows = Object.entries(found.components)
    .filter(([name]) => isThere(name))
    .map(([name, component]) => [name, pc.dim(`${component.kind} ${component.version}`), component.url ?? '', paintState(component.state)]);
  const serviceRows = Object.entries(found.regions)
    .filter(([region]) => runs.has(region))
    .flatMap(([region, { services }]) =>
      Object.entries(services).map(([name, service]) => [
        `${region}:${name}`,
        pc.dim(`service, pid ${service.pid ?? '-'}`),
        service.url ?? '',
        paintState(service.state),
      ]),
    );
  const count = (value: number | null): string => (value === null ? '?' : String(value));
  const syncRows = Object.entries(found.sync).map(([name, direction]) => [
    name,
    paintState(direction.state),
    `outbox ${count(direction.outbox)}`,
    `queued ${count(direction.queued)}`,
    `parked ${count(direction.parked)}`,
    direction.lagMs === null ? 'lag -' : `lag ${showDuration(direction.lagMs)}`,
    direction.lagP50Ms === null || direction.lagP99Ms === null
      ? ''
      : `p50 ${showDuration(direction.lagP50Ms)}, p99 ${showDuration(direction.lagP99Ms)}`,
    direction.reason ?? '',
  ]);
  return [
    `${pc.bold('Twin')}  ${[found.mode, ...kindsOf(found)].join(', ')}, ${paintState(found.phase)}, since ${found.startedAt}, admin panel ${found.adminPanel}`,
    '',
    layOut([...rows, ...serviceRows]),
    '',
    pc.bold('Links'),
    showLinks(found.links),
    ...showReload(found.reload, found.processes),
    ...(found.faults.length === 0 ? [] : ['', pc.bold('Faults in force'), showFaults(found.faults)]),
    '',
    pc.bold('Sync'),
    layOut(syncRows),
    ...showReconciles(found.reconcile),
    ...Object.entries(found.processes).flatMap(([name, process]) => {
      if (process.logTail === undefined) return [];
      const fault = found.faults.find(({ kind, target }) => kind === 'process' && target === name);
      const next = fault === undefined ? `restart ${name}` : `fault heal ${fault.id}`;
      const how = process.signal === null ? `with code ${process.exitCode}` : `by ${process.signal}`;
      const tail = process.logTail.map((line) => `  | ${line}`);
      return ['', pc.red(`${name} ended ${how}.`) + ` The end of ${process.logFile}:`, ...tail, `  npm run sim -- ${next}`];
    }),
  ].join('\n');
}
