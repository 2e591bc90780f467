import { showDuration } from '../../faults/quantities.ts';
import { processesOf } from '../../status/process-states.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, requireTwin } from '../control-client.ts';
import { note, print, printJson } from '../screen.ts';

/** Starts again the process that has the name, or that a component or service of the name is in; for a service of both regions, one after the other. */
export async function restart(config: CliConfig, name: string, options: { readonly rolling?: true; readonly json?: true }): Promise<void> {
  const { supervisor, state } = await requireTwin(config.paths);
  const names = processesOf(state, name);
  if (!names.includes(name) && options.json !== true) note(whereItIs(name, names));
  const restarted: { readonly process: string; readonly tookMs: number }[] = [];
  for (const process of names) {
    const startedMs = performance.now();
    await askSupervisor(supervisor, 'POST', '/restart', { name: process, rolling: options.rolling === true });
    const tookMs = Math.round(performance.now() - startedMs);
    restarted.push({ process, tookMs });
    if (options.json !== true) print(`${process} is back after ${showDuration(tookMs)}.`);
  }
  if (options.json === true) printJson(restarted.length === 1 ? restarted[0] : restarted);
}

function whereItIs(name: string, names: readonly string[]): string {
  return names.length === 1
    ? `${name} is in the process ${names.join('')}; restarting it.`
    : `${name} is in the processes ${names.join(' and ')}; restarting them.`;
}
