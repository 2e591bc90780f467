import pc from 'picocolors';
import { showDuration } from '../../faults/quantities.ts';
import { collectStatus, type TwinStatus } from '../../status/collect.ts';
import { readState } from '../../supervisor/state.ts';
import type { CliConfig } from '../config.ts';
import { findSupervisor, requireTwin, survivors } from '../control-client.ts';
import { layOut, paintState, print, printJson } from '../screen.ts';
import { showLinks } from './fault.ts';

/** Shows the twin as it is, also what has died. */
export async function status(config: CliConfig, options: { readonly json?: true }): Promise<void> {
  const { paths } = config;
  if (options.json === true && findSupervisor(paths) === undefined) {
    const left = survivors(paths);
    printJson({
      mode: readState(paths)?.mode ?? null,
      phase: left > 0 ? 'supervisor gone' : 'down',
      regions: {},
      components: {},
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

function showStatus(found: TwinStatus): string {
  const rows = Object.entries(found.components).map(([name, component]) => [
    name,
    pc.dim(`${component.kind} ${component.version}`),
    component.url ?? '',
    paintState(component.state),
  ]);
  const serviceRows = Object.entries(found.regions).flatMap(([region, { services }]) =>
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
    direction.lagMs === null ? 'lag ?' : `lag ${showDuration(direction.lagMs)}`,
    direction.reason ?? '',
  ]);
  return [
    `${pc.bold('Twin')}  ${found.mode}, ${paintState(found.phase)}, since ${found.startedAt}, admin panel ${found.adminPanel}`,
    '',
    layOut([...rows, ...serviceRows]),
    '',
    pc.bold('Links'),
    showLinks(found.links),
    '',
    pc.bold('Sync'),
    layOut(syncRows),
    ...Object.entries(found.processes).flatMap(([name, process]) => {
      if (process.logTail === undefined) return [];
      const how = process.signal === null ? `with code ${process.exitCode}` : `by ${process.signal}`;
      const tail = process.logTail.map((line) => `  | ${line}`);
      return ['', pc.red(`${name} ended ${how}.`) + ` The end of ${process.logFile}:`, ...tail, `  npm run sim -- restart ${name}`];
    }),
  ].join('\n');
}
